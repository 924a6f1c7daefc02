import pytest

from multivio.checks.templates import LONGEST, problems


class TestTemplateChecks:
    @pytest.mark.parametrize(
        ("source", "complaint"),
        [
            ("<script>alert(1)</script>", "an inline script"),
            ('<script type="module">import "x"</script>', "an inline script"),
            ("<style>p {}</style>", "a style element"),
            ('<p style="color: red">', "style= on <p>"),
            ('<p {% if x %}onclick="y()"{% endif %}>', "onclick= on <p>"),
            ('<p hx-on:click="y()">', "hx-on:click= on <p>"),
            ('<p hx-vals="js:{a: 1}">', "code in hx-vals= on <p>"),
            ('<p hx-trigger="click[ctrlKey]">', "code in hx-trigger= on <p>"),
            ("x\n" * LONGEST, "201 lines"),
        ],
    )
    def test_what_the_policy_blocks_is_found(self, source: str, complaint: str) -> None:
        found = problems(source)
        assert len(found) == 1
        assert complaint in found[0][1]

    @pytest.mark.parametrize(
        "source",
        [
            '<script src="{% static "js/app.js" %}" type="module"></script>',
            '<script type="application/json">{"a": 1}</script>',
            "{# <p style='x'> #}<p>{% comment %}<p onclick='x'>{% endcomment %}",
            '<p data-style="x" class="{% if a > b %}on{% endif %}">',
        ],
    )
    def test_what_it_allows_is_not(self, source: str) -> None:
        assert problems(source) == []

    def test_the_line_is_the_templates_own(self) -> None:
        assert problems("{% comment %}\n\n{% endcomment %}\n<style>")[0][0] == 4
