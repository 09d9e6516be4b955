-- One document per subject, checked as a whole: the settings file carries them as they are, and the widget trusts
-- what it finds there. WidgetForms of packages/contracts is the same in TypeScript.
create function app.valid_localized(texts jsonb, longest integer, may_be_empty boolean default true) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(texts) is distinct from 'object'
    or jsonb_typeof(texts -> 'en') is distinct from 'string' or jsonb_typeof(texts -> 'uk') is distinct from 'string'
  then
    return false;
  end if;
  return texts - array['en', 'uk'] = '{}'
    and greatest(char_length(texts ->> 'en'), char_length(texts ->> 'uk')) <= longest
    and (may_be_empty or btrim(texts ->> 'en') <> '' or btrim(texts ->> 'uk') <> '');
end $$;
comment on function app.valid_localized is 'Localized of packages/contracts: a text in each language, in one of them at least unless it may be empty.';

create function app.valid_link(url jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    jsonb_typeof(url) = 'string' and url #>> '{}' ~ '^(https?://\S+)?$' and char_length(url #>> '{}') <= 2000, false
  );
end $$;
comment on function app.valid_link is 'Empty or an address of the web, so that no script ever becomes a link of the widget.';

create function app.has_keys(document jsonb, keys text[]) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(jsonb_typeof(document) = 'object' and document ?& keys and document - keys = '{}', false);
end $$;
comment on function app.has_keys is 'Whether it is an object with exactly these keys.';

create function app.valid_options(options jsonb, wanted boolean) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  option jsonb;
begin
  if jsonb_typeof(options) is distinct from 'array' then
    return false;
  elsif not wanted then
    return options = '[]';
  elsif jsonb_array_length(options) not between 1 and 30 then
    return false;
  end if;
  for option in select * from jsonb_array_elements(options) loop
    if not app.has_keys(option, array['value', 'label'])
      or jsonb_typeof(option -> 'value') <> 'string' or char_length(option ->> 'value') not between 1 and 100
      or not app.valid_localized(option -> 'label', 120, false)
    then
      return false;
    end if;
  end loop;
  return (select count(distinct o.value ->> 'value') = count(*) from jsonb_array_elements(options) as o);
end $$;
comment on function app.valid_options is 'The choices of a select: 1 to 30 with values of their own; of other fields none.';

create function app.valid_field(field jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  kind constant text := field ->> 'kind';
  personal constant text[] := array['name', 'email', 'phone'];
begin
  return coalesce(
    app.has_keys(field, array['key', 'kind', 'required', 'label', 'placeholder', 'options', 'url'])
    and kind in ('name', 'email', 'phone', 'text', 'select', 'checkbox', 'consent')
    and field ->> 'key' ~ '^[a-z][a-z0-9_]{0,39}$'
    -- These three are columns of the visitor; no other field may take their place.
    and (kind = any (personal) or field ->> 'key' = any (personal)) = (kind = field ->> 'key')
    and jsonb_typeof(field -> 'required') = 'boolean'
    and app.valid_localized(field -> 'label', 500, kind = any (personal))
    and app.valid_localized(field -> 'placeholder', 200)
    and app.valid_options(field -> 'options', kind = 'select')
    and app.valid_link(field -> 'url') and (kind = 'consent' or field ->> 'url' = ''),
    false
  );
end $$;
comment on function app.valid_field is 'FormField of packages/contracts.';

create function app.valid_pre_chat(form jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if not app.has_keys(form, array['enabled', 'intro', 'fields'])
    or jsonb_typeof(form -> 'enabled') <> 'boolean' or jsonb_typeof(form -> 'fields') <> 'array'
    or jsonb_array_length(form -> 'fields') > 12 or not app.valid_localized(form -> 'intro', 500)
  then
    return false;
  end if;
  return (
    select coalesce(bool_and(app.valid_field(f.value)), true) and count(distinct f.value ->> 'key') = count(*)
    from jsonb_array_elements(form -> 'fields') as f
  );
end $$;
comment on function app.valid_pre_chat is 'PreChatForm of packages/contracts: at most 12 fields, each key once, in the order they are asked.';

create function app.valid_offline_form(form jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    app.has_keys(form, array['enabled', 'email', 'text'])
    and jsonb_typeof(form -> 'enabled') = 'boolean' and form ->> 'email' in ('required', 'optional')
    and app.valid_localized(form -> 'text', 500),
    false
  );
end $$;
comment on function app.valid_offline_form is 'OfflineForm of packages/contracts.';

create function app.valid_rating_settings(rating jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    app.has_keys(rating, array['enabled', 'scale', 'comment'])
    and jsonb_typeof(rating -> 'enabled') = 'boolean' and jsonb_typeof(rating -> 'comment') = 'boolean'
    and rating ->> 'scale' in ('faces', 'stars'),
    false
  );
end $$;
comment on function app.valid_rating_settings is 'RatingSettings of packages/contracts.';

create function app.valid_transcript_settings(transcript jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    app.has_keys(transcript, array['download', 'email'])
    and jsonb_typeof(transcript -> 'download') = 'boolean' and jsonb_typeof(transcript -> 'email') = 'boolean',
    false
  );
end $$;
comment on function app.valid_transcript_settings is 'TranscriptSettings of packages/contracts.';

create function app.valid_consent_notice(consent jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return coalesce(
    app.has_keys(consent, array['text', 'url'])
    and app.valid_localized(consent -> 'text', 500) and app.valid_link(consent -> 'url'),
    false
  );
end $$;
comment on function app.valid_consent_notice is 'ConsentNotice of packages/contracts.';

-- A check constraint runs with the rights of whoever writes the row.
grant execute on function
  app.valid_localized, app.valid_link, app.has_keys, app.valid_options, app.valid_field, app.valid_pre_chat,
  app.valid_offline_form, app.valid_rating_settings, app.valid_transcript_settings, app.valid_consent_notice
to authenticated, service_role;

alter table public.widget_settings
  add column pre_chat jsonb not null default '{"enabled": false, "intro": {"en": "", "uk": ""}, "fields": []}'
    constraint widget_settings_pre_chat_check check (app.valid_pre_chat(pre_chat)),
  add column offline_form jsonb not null default '{"enabled": true, "email": "optional", "text": {"en": "", "uk": ""}}'
    constraint widget_settings_offline_form_check check (app.valid_offline_form(offline_form)),
  add column rating jsonb not null default '{"enabled": true, "scale": "faces", "comment": true}'
    constraint widget_settings_rating_check check (app.valid_rating_settings(rating)),
  add column transcript jsonb not null default '{"download": true, "email": true}'
    constraint widget_settings_transcript_check check (app.valid_transcript_settings(transcript)),
  add column consent jsonb not null default '{"text": {"en": "", "uk": ""}, "url": ""}'
    constraint widget_settings_consent_check check (app.valid_consent_notice(consent));
comment on column public.widget_settings.pre_chat is 'PreChatForm: what a new visitor is asked before the first message.';
comment on column public.widget_settings.offline_form is 'OfflineForm: what the widget says and asks while nobody answers.';
comment on column public.widget_settings.rating is 'RatingSettings: whether and how the visitor rates a closed conversation.';
comment on column public.widget_settings.transcript is 'TranscriptSettings: how a visitor may take the conversation along.';
comment on column public.widget_settings.consent is 'ConsentNotice under the composer; none when its text is empty.';
grant update (pre_chat, offline_form, rating, transcript, consent) on public.widget_settings to authenticated;

-- The files published so far lack the new settings.
select app.request_site_publication(site_id) from public.widget_settings;
