"""What pages show, read in a constant number of queries: the day, the week, what needs a person, a post and its story."""

from posts.reading.day import Day, Entry, today
from posts.reading.lists import PER_PAGE, Page, Tab, posts_page
from posts.reading.needs import NeedsYou, needing_you, posts_between_asking_and_yes, publications_needing_you
from posts.reading.running import Standstill, closed_platforms, parts, standstill
from posts.reading.story import Story, digest, notes_on, pace, post_to_edit, post_with_story, stories, summary
from posts.reading.week import Week, connections_with_week, week_of

__all__ = [
    "PER_PAGE",
    "Day",
    "Entry",
    "NeedsYou",
    "Page",
    "Standstill",
    "Story",
    "Tab",
    "Week",
    "closed_platforms",
    "connections_with_week",
    "digest",
    "needing_you",
    "notes_on",
    "pace",
    "parts",
    "post_to_edit",
    "post_with_story",
    "posts_between_asking_and_yes",
    "posts_page",
    "publications_needing_you",
    "standstill",
    "stories",
    "summary",
    "today",
    "week_of",
]
