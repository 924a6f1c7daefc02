"""What an API key may do, and which key it took over from. Only adds columns, each with a default that the database knows.

Keys made before may do everything that their maker's role may, as they always could.
"""

import django.db.models.deletion
from django.db import migrations, models

ALL = """update accounts_apikey set scopes = '["read", "write_posts", "publish", "connect", "manage"]'"""
LOOK_UP = """
drop function mv_api_key(text);
create function mv_api_key(p_digest text)
  returns table (id bigint, user_id bigint, workspace_id bigint, role text{column})
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare v record;
begin
  select k.id, k.user_id, k.workspace_id, m.role::text as role, k.last_used_at{field} into v
  from accounts_apikey k
    join accounts_member m on m.user_id = k.user_id and m.workspace_id = k.workspace_id
    join accounts_user u on u.id = k.user_id
  where k.digest = p_digest and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.is_active;
  if v.id is null then return; end if;
  -- "last used" to the minute: a busy key must not become a busy row
  if v.last_used_at is null or v.last_used_at < now() - interval '1 minute' then
    update accounts_apikey k set last_used_at = now() where k.id = v.id;
  end if;
  return query select v.id, v.user_id, v.workspace_id, v.role{value};
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_publishing_policy")]
    operations = [
        migrations.AddField(
            "apikey",
            "scopes",
            models.JSONField(default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField(
            "apikey",
            "replaces",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaced_by",
                to="accounts.apikey",
            ),
        ),
        migrations.RunSQL(ALL, migrations.RunSQL.noop),
        migrations.RunSQL(
            LOOK_UP.format(column=", scopes jsonb", field=", k.scopes", value=", v.scopes"),
            LOOK_UP.format(column="", field="", value=""),
        ),
    ]
