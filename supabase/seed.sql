-- The demo that `npm start` shows on first run. Accounts and password: demo.json beside this file, so that
-- a costly hash would only make the first start slower.
insert into auth.users (
  id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data
)
select
  person.id::uuid, 'authenticated', 'authenticated', person.email,
  extensions.crypt('chatiq-demo', extensions.gen_salt('bf', 6)), now(),
  '{"provider": "email", "providers": ["email"]}', jsonb_build_object('name', person.name)
from (values
  ('0d000000-0000-4000-8000-000000000001', 'olena@kavka.test', 'Olena Shevchuk'),
  ('0d000000-0000-4000-8000-000000000002', 'taras@kavka.test', 'Taras Bondar'),
  ('0d000000-0000-4000-8000-000000000003', 'mia@lumen.test', 'Mia Novak')
) as person (id, email, name);

insert into auth.identities (id, provider, provider_id, user_id, identity_data)
select gen_random_uuid(), 'email', users.id::text, users.id,
  jsonb_build_object('sub', users.id, 'email', users.email, 'email_verified', true, 'phone_verified', false)
from auth.users;

insert into public.organizations (id, name) values
  ('0a000000-0000-4000-8000-000000000001', 'Kavka Coffee'),
  ('0a000000-0000-4000-8000-000000000002', 'Lumen Bikes');

insert into public.memberships (organization_id, user_id, role) values
  ('0a000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000000001', 'owner'),
  ('0a000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000000002', 'operator'),
  ('0a000000-0000-4000-8000-000000000002', '0d000000-0000-4000-8000-000000000003', 'owner');

-- Any origin, so that the demo shop works on whatever port and host name it is opened with.
insert into public.sites (id, organization_id, name, site_key, allowed_origins) values
  ('05000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', 'Kavka Coffee shop', 'pk_DemoKavkaCoffee123456789', '{*}'),
  ('05000000-0000-4000-8000-000000000002', '0a000000-0000-4000-8000-000000000002', 'Lumen Bikes', 'pk_DemoLumenBikes1234567891', '{https://lumen.test}');

insert into public.site_operators (site_id, organization_id, user_id) values
  ('05000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000000002');

update public.widget_settings set
  primary_color = '#7a3e1d',
  secondary_color = '#c8743a',
  show_agents = true,
  texts = '{
    "en": {"title": "Kavka Coffee", "subtitle": "Coffee, roasted this week in Lviv", "welcome": "Hello! Ask us anything about beans, brewing or your order."},
    "uk": {"title": "Кавка", "subtitle": "Кава, обсмажена цього тижня у Львові", "welcome": "Вітаємо! Питайте про зерно, заварювання чи своє замовлення."}
  }',
  pre_chat = '{
    "enabled": true,
    "intro": {"en": "A few words about you, if you like:", "uk": "Кілька слів про вас, якщо бажаєте:"},
    "fields": [
      {"key": "name", "kind": "name", "required": false, "label": {"en": "Name", "uk": "Ім’я"}, "placeholder": {"en": "", "uk": ""}, "options": [], "url": ""},
      {"key": "email", "kind": "email", "required": false, "label": {"en": "E-mail", "uk": "Ел. пошта"}, "placeholder": {"en": "name@example.com", "uk": "name@example.com"}, "options": [], "url": ""},
      {"key": "topic", "kind": "select", "required": false, "label": {"en": "What is it about?", "uk": "Про що йдеться?"}, "placeholder": {"en": "", "uk": ""}, "url": "", "options": [
        {"value": "order", "label": {"en": "My order", "uk": "Моє замовлення"}},
        {"value": "brewing", "label": {"en": "Brewing advice", "uk": "Порада із заварювання"}},
        {"value": "wholesale", "label": {"en": "Wholesale", "uk": "Гурт"}}
      ]}
    ]
  }',
  offline_form = '{"enabled": true, "email": "optional", "text": {"en": "The roastery is quiet right now. Leave your e-mail and we’ll reply there.", "uk": "Обсмажувальня відпочиває. Залиште пошту, і ми відповімо туди."}}',
  consent = '{"text": {"en": "By writing to us you agree to our [privacy policy].", "uk": "Пишучи нам, ви погоджуєтеся з нашою [політикою приватності]."}, "url": "https://kavka.test/privacy"}'
where site_id = '05000000-0000-4000-8000-000000000001';

insert into public.visitors (id, organization_id, site_id, name, email, language, time_zone, page_url, page_title, referrer, created_at, last_seen_at)
select person.id::uuid, '0a000000-0000-4000-8000-000000000001', '05000000-0000-4000-8000-000000000001',
  person.name, person.email, person.language, person.time_zone, 'https://kavka.test' || person.path, person.title,
  person.referrer, now() - person.age, now() - person.age
from (values
  ('0e000000-0000-4000-8000-000000000001', 'Iryna Melnyk', 'iryna@example.com', 'uk', 'Europe/Kyiv', '/beans/ethiopia-guji', 'Ефіопія Гуджі', 'https://www.google.com/', interval '26 hours'),
  ('0e000000-0000-4000-8000-000000000002', null, null, 'en-GB', 'Europe/London', '/delivery', 'Delivery', null, interval '3 hours'),
  ('0e000000-0000-4000-8000-000000000003', 'Jonas Weber', 'jonas@example.com', 'de', 'Europe/Berlin', '/subscriptions', 'Subscriptions', 'https://www.instagram.com/', interval '40 minutes')
) as person (id, name, email, language, time_zone, path, title, referrer, age);

update public.visitors set
  phone = '+49 30 901820',
  answers = jsonb_build_array(
    jsonb_build_object('key', 'topic', 'kind', 'select', 'label', 'What is it about?', 'value', 'order', 'text', 'My order', 'answered_at', now() - interval '40 minutes'),
    jsonb_build_object('key', '_notice', 'kind', 'consent', 'label', 'By writing to us you agree to our [privacy policy].', 'value', 'true', 'url', 'https://kavka.test/privacy', 'answered_at', now() - interval '40 minutes')
  )
where id = '0e000000-0000-4000-8000-000000000003';

insert into public.conversations (id, organization_id, site_id, visitor_id, created_at)
select ('0c000000-0000-4000-8000-00000000000' || n)::uuid, '0a000000-0000-4000-8000-000000000001',
  '05000000-0000-4000-8000-000000000001', ('0e000000-0000-4000-8000-00000000000' || n)::uuid,
  now() - case n when 1 then interval '26 hours' when 2 then interval '3 hours' else interval '40 minutes' end
from generate_series(1, 3) as n;

insert into public.messages (id, conversation_id, author_kind, author_id, author_name, body, created_at)
select gen_random_uuid(), ('0c000000-0000-4000-8000-00000000000' || line.n)::uuid, line.kind::public.author_kind,
  case line.kind when 'visitor' then ('0e000000-0000-4000-8000-00000000000' || line.n)::uuid else line.author::uuid end,
  line.name, line.body, now() - line.age
from (values
  (1, 1, 'visitor', null, 'Iryna Melnyk', 'Добрий день! Чи підійде Ефіопія Гуджі для фільтра?', interval '26 hours'),
  (1, 2, 'operator', '0d000000-0000-4000-8000-000000000001', 'Olena Shevchuk', 'Вітаю, Ірино! Так, це світле обсмаження саме для фільтра.', interval '25 hours 57 minutes'),
  (1, 3, 'visitor', null, 'Iryna Melnyk', 'А який помел узяти для V60?', interval '25 hours 55 minutes'),
  (1, 4, 'operator', '0d000000-0000-4000-8000-000000000001', 'Olena Shevchuk', 'Середній, трохи дрібніший за цукор. Можемо змолоти перед відправленням: https://kavka.test/grind', interval '25 hours 52 minutes'),
  (1, 5, 'visitor', null, 'Iryna Melnyk', 'Супер, дякую!', interval '25 hours 51 minutes'),
  (2, 6, 'visitor', null, null, 'Hi, do you ship to the UK? And is there a minimum order?', interval '3 hours'),
  (2, 7, 'operator', '0d000000-0000-4000-8000-000000000002', 'Taras Bondar', 'Hello! Yes, to the whole UK, 3–5 days. No minimum, and free from £40.', interval '2 hours 58 minutes'),
  (3, 8, 'visitor', null, 'Jonas Weber', 'Can I pause my subscription for August?', interval '40 minutes'),
  (3, 9, 'visitor', null, 'Jonas Weber', 'I will be away for three weeks.', interval '39 minutes')
) as line (n, place, kind, author, name, body, age)
order by line.place;

insert into public.conversation_reads (conversation_id, organization_id, site_id, reader_kind, reader_id, last_read_seq, read_visitor_count)
select conversations.id, conversations.organization_id, conversations.site_id, 'operator',
  '0d000000-0000-4000-8000-000000000001', conversations.last_seq, conversations.visitor_message_count
from public.conversations
where conversations.id in ('0c000000-0000-4000-8000-000000000001', '0c000000-0000-4000-8000-000000000002');

update public.conversations set status = 'closed', closed_at = now() - interval '25 hours', waiting_since = null
where id = '0c000000-0000-4000-8000-000000000001';

update public.sites set time_zone = 'Europe/Kyiv' where organization_id = '0a000000-0000-4000-8000-000000000001';

update public.profiles set job_title = person.title, signature = person.signature, time_zone = 'Europe/Kyiv'
from (values
  ('0d000000-0000-4000-8000-000000000001'::uuid, 'Roaster and founder', 'Olena, Kavka Coffee'),
  ('0d000000-0000-4000-8000-000000000002', 'Orders and delivery', 'Taras, Kavka Coffee')
) as person (id, title, signature)
where profiles.id = person.id;

insert into public.labels (id, organization_id, name, color) values
  ('0b000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', 'Order', '#2563eb'),
  ('0b000000-0000-4000-8000-000000000002', '0a000000-0000-4000-8000-000000000001', 'Brewing advice', '#16a34a'),
  ('0b000000-0000-4000-8000-000000000003', '0a000000-0000-4000-8000-000000000001', 'Wholesale', '#b45309');

insert into public.conversation_labels (conversation_id, label_id, organization_id, site_id, labelled_by)
select ('0c000000-0000-4000-8000-00000000000' || pair.n)::uuid, ('0b000000-0000-4000-8000-00000000000' || pair.label)::uuid,
  '0a000000-0000-4000-8000-000000000001', '05000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000000001'
from (values (1, 2), (2, 1)) as pair (n, label);

insert into public.quick_templates (organization_id, language, shortcut, title, body) values
  ('0a000000-0000-4000-8000-000000000001', 'en', 'hi', 'Greeting', 'Hello {{visitor_name}}! How can I help?'),
  ('0a000000-0000-4000-8000-000000000001', 'uk', 'hi', 'Вітання', 'Вітаю, {{visitor_name}}! Чим можу допомогти?'),
  ('0a000000-0000-4000-8000-000000000001', 'en', 'delivery', 'Delivery', 'We send every weekday before noon: 1–2 days in Ukraine, 3–5 in Europe. Free from 1,500 UAH or £40.'),
  ('0a000000-0000-4000-8000-000000000001', 'uk', 'delivery', 'Доставка', 'Надсилаємо щобудня до полудня: 1–2 дні Україною, 3–5 Європою. Безкоштовно від 1500 грн.'),
  ('0a000000-0000-4000-8000-000000000001', 'uk', 'помел', 'Помел', 'Можемо змолоти під ваш спосіб заварювання. Напишіть, будь ласка, що у вас: гейзер, френч-прес, V60 чи еспресо?');

insert into public.business_hours (site_id, organization_id, weekday, opens, closes)
select '05000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', weekday,
  case when weekday <= 5 then '09:00' else '10:00' end::time, case when weekday <= 5 then '19:00' else '16:00' end::time
from generate_series(1, 6) as weekday;

insert into public.business_hours_exceptions (site_id, organization_id, day, name)
select '05000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001',
  make_date(extract(year from now())::integer, 12, 25), 'Різдво';

insert into public.ratings (conversation_id, organization_id, site_id, operator_id, score, comment, created_at) values
  ('0c000000-0000-4000-8000-000000000001', '0a000000-0000-4000-8000-000000000001', '05000000-0000-4000-8000-000000000001', '0d000000-0000-4000-8000-000000000001', 5, 'Дуже швидко, дякую!', now() - interval '25 hours');

-- Earlier days, of which only the numbers are left: how soon somebody answers follows from them.
insert into public.daily_stats (
  organization_id, site_id, day, conversations_started, conversations_closed, visitor_messages, operator_messages,
  first_response_count, first_response_seconds, first_response_histogram, resolution_histogram, visitor_messages_by_hour
)
select '0a000000-0000-4000-8000-000000000001', '05000000-0000-4000-8000-000000000001',
  (now() at time zone 'Europe/Kyiv')::date - back, 4 + back % 3, 3, 12 + back, 10 + back, 4, 4 * 150,
  array_fill(0, array[6]) || array[1, 2, 1] || array_fill(0, array[9]), array_fill(0, array[18]), array_fill(0, array[24])
from generate_series(3, 12) as back;

insert into public.auto_reply_rules (organization_id, site_id, name, trigger, conditions, texts, actions, frequency, stops, position, enabled)
select '0a000000-0000-4000-8000-000000000001', '05000000-0000-4000-8000-000000000001',
  rule.name, rule.trigger::public.auto_reply_trigger, rule.conditions::jsonb, rule.texts::jsonb, rule.actions::jsonb,
  rule.frequency::public.auto_reply_frequency, rule.stops, rule.position, true
from (values
  ('Offer help in the shop', 'proactive', '{"seconds_on_page": 15}',
    '{"en": "Not sure which beans? Ask us, we drink all of them.", "uk": "Не знаєте, яке зерно взяти? Запитайте, ми п’ємо все."}', '{}', 'visitor', true, 0),
  ('Delivery', 'keyword', '{"keywords": ["deliver*", "ship*", "доставк*"]}',
    '{"en": "We send every weekday before noon: 1–2 days in Ukraine, 3–5 in Europe.", "uk": "Надсилаємо щобудня до полудня: 1–2 дні Україною, 3–5 Європою."}',
    '{"label_ids": ["0b000000-0000-4000-8000-000000000001"]}', 'conversation', false, 1),
  ('Outside of the hours', 'outside_hours', '{}',
    '{"en": "Thank you, {{visitor_name}}! The roastery is asleep now; you will find our answer here.", "uk": "Дякуємо, {{visitor_name}}! Обсмажувальня зараз спить, відповідь знайдете тут."}', '{}', 'day', true, 2),
  ('Nobody at the counter', 'nobody_online', '{}',
    '{"en": "Thank you! Nobody is at the counter right now, but we have got your message.", "uk": "Дякуємо! Зараз біля стійки нікого немає, але повідомлення ми отримали."}', '{}', 'day', true, 3),
  ('Five minutes without an answer', 'no_reply', '{"after_minutes": 5, "schedule": "open"}',
    '{"en": "Sorry for the wait: we are looking for the right person.", "uk": "Перепрошуємо за очікування: шукаємо, хто відповість найкраще."}',
    '{"notify_ids": ["0d000000-0000-4000-8000-000000000001"]}', 'conversation', true, 4),
  ('A bad rating', 'rating_given', '{"score_at_most": 2}',
    '{"en": "We are sorry. Olena will read this today.", "uk": "Нам прикро. Олена прочитає це сьогодні."}',
    '{"notify_ids": ["0d000000-0000-4000-8000-000000000001"]}', 'conversation', true, 5)
) as rule (name, trigger, conditions, texts, actions, frequency, stops, position);

select app.refresh_daily_stats('05000000-0000-4000-8000-000000000001', (now() at time zone 'Europe/Kyiv')::date - back)
from generate_series(0, 2) as back;
