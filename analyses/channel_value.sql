-- The SQL is in macros/channel_value.sql, because the printed answer reads it too.
{{ channel_value() }}
