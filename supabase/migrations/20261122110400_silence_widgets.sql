alter table public.widget_settings add column sounds boolean not null default true;
comment on column public.widget_settings.sounds is
  'Whether the chat rings for an answer; each visitor may mute it for themselves.';
grant update (sounds) on public.widget_settings to authenticated;
