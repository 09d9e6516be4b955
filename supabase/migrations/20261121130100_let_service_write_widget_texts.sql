-- A check constraint runs with the rights of whoever writes the row: the service could not change any setting.
grant execute on function app.valid_widget_texts to service_role;
