{#-
    Text to typed values. These patterns decide what is valid, not an engine's cast, so that every
    engine accepts the same rows. The cast then only has to refuse days that no calendar has.
    Examples: 2026-03-01T10:20:30.5+01:00; -1.5e3; 12.0. A count has any number of zeros behind the
    point but three, because 12.000 may mean twelve thousand.
-#}
{% macro value_pattern(name) %}
    {%- set day = '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}' -%}
    {%- set time = '[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?' -%}
    {%- set zone = ' ?(?:[Zz]|[Uu][Tt][Cc]|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)' -%}
    {#- In zoned_timestamp the colon is that of the time: a hyphen of the date is no offset. -#}
    {{- return({
        'timestamp': day ~ '(?:' ~ time ~ '(?:' ~ zone ~ ')?)?',
        'zoned_timestamp': '.*:.*' ~ zone,
        'amount': '[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]{1,2})?',
        'count': '[+-]?[0-9]+(?:[.](?:0{0,2}|0{4,}))?',
    }[name]) -}}
{% endmacro %}

{#-
    True where the whole text matches a regular expression (alternatives, groups, classes and
    repetition only). `pattern` is an SQL expression, such as a text in quotes or a column.
-#}
{% macro matches(text, pattern) %}
    {{- return(adapter.dispatch('matches', 'customer_insights')(text, pattern)) -}}
{% endmacro %}

{% macro default__matches(text, pattern) -%}
    {{ text }} ~ ('^(?:' || {{ pattern }} || ')$')
{%- endmacro %}

{% macro bigquery__matches(text, pattern) -%}
    regexp_contains({{ text }}, '(?s)^(?:' || {{ pattern }} || ')$')
{%- endmacro %}

{#-
    Snowflake knows no groups that are not captured, (?:...). It compares the pattern with the whole
    text.
-#}
{% macro snowflake__matches(text, pattern) -%}
    regexp_like({{ text }}, {{ pattern | replace('(?:', '(') }}, 's')
{%- endmacro %}

{#- Redshift knows no such groups either, and the pattern must be one literal. -#}
{% macro redshift__matches(text, pattern) -%}
    ({{ text }} ~ '^({{ pattern[1:-1] | replace('(?:', '(') }})$')
{%- endmacro %}

{#-
    (?s) lets the dot match line ends too. (?!.) is the end of the text: `$` would also match before
    a last line end.
-#}
{% macro spark__matches(text, pattern) -%}
    ({{ text }} rlike ('(?s)^(?:' || {{ pattern }} || ')(?!.)'))
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, {{ pattern }}, 's')
{%- endmacro %}

{#- Whether a text matches a pattern that stands in a column of a seed. Case is ignored. -#}
{% macro matches_pattern(text, pattern, seed) %}
    {{- return(adapter.dispatch('matches_pattern', 'customer_insights')(text, pattern, seed)) -}}
{% endmacro %}

{% macro default__matches_pattern(text, pattern, seed) -%}
    {{ matches(text, ignoring_case(pattern)) }}
{%- endmacro %}

{#-
    Redshift takes no pattern from a column. So the patterns are read when the SQL is written, and
    each one is a literal.
-#}
{% macro redshift__matches_pattern(text, pattern, seed) %}
    {%- set queries, patterns = [], [] -%}
    {%- if execute and flags.INTROSPECT and load_relation(ref(seed)) -%}
        {%- set columns = graph.nodes['seed.customer_insights.' ~ seed].columns -%}
        {%- for column in columns if column.endswith('_pattern') -%}
            {%- do queries.append('select ' ~ column ~ ' as pattern from ' ~ ref(seed)) -%}
        {%- endfor -%}
        {%- do patterns.extend(rows_of(queries | join(' union ')) | map(attribute='pattern')) -%}
    {%- endif -%}
    case {{ pattern }}
        {%- for known_pattern in patterns %}
        when {{ text_literal(known_pattern) }}
            then {{ matches(text, text_literal(known_pattern | lower)) }}
        {%- endfor %}
        when '' then {{ text }} = ''
    end
{%- endmacro %}

{#-
    A cast that gives null instead of an error. It casts typed moments to timestamp, and text that
    matches its pattern to other types.
-#}
{% macro try_cast(expression, type) %}
    {{- return(adapter.dispatch('try_cast', 'customer_insights')(expression, type)) -}}
{% endmacro %}

{% macro default__try_cast(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro bigquery__try_cast(expression, type) -%}
    safe_cast({{ expression }} as {{ type }})
{%- endmacro %}

{#- Snowflake's try_cast takes a text only. A moment that has a type needs no such cast. -#}
{% macro snowflake__try_cast(expression, type) -%}
    {%- if type == 'timestamp' -%}
        cast({{ expression }} as timestamp)
    {%- else -%}
        try_cast(cast({{ expression }} as varchar) as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- Redshift's try_cast takes a text, but no moment that has a type. -#}
{% macro redshift__try_cast(expression, type) %}
    {{- ('cast(' if type == 'timestamp' else 'try_cast(') ~ expression ~ ' as ' ~ type ~ ')' -}}
{% endmacro %}

{#-
    PostgreSQL has no such cast. A text that matches the patterns can still be too great, or a day
    that no calendar has.
-#}
{% macro postgres__try_cast(expression, type) %}
    {%- if type.startswith('numeric') -%}
        case
            when abs(cast({{ expression }} as numeric)) < 9999999999999999999
                then cast({{ expression }} as {{ type }})
        end
    {%- elif type == 'timestamp' -%}
        case
            when {{ expression }} >= '0001-01-01' and {{ expression }} < '10000-01-01'
                then cast({{ expression }} as timestamp)
        end
    {%- else -%}
        {%- set month = 'cast(substr(' ~ expression ~ ', 6, 2) as integer)' -%}
        {%- set day = 'cast(substr(' ~ expression ~ ', 9, 2) as integer)' -%}
        {%- set first_day = 'cast(substr(' ~ expression ~ ", 1, 8) || '01' as date)" -%}
        {%- set last_day = first_day ~ " + interval '1 month' - interval '1 day'" -%}
        {#- A case within a case: the conditions of an `and` may be computed in any order. -#}
        case
            when {{ month }} between 1 and 12
                then
                    case
                        when
                            {{ day }} between 1 and 28
                            or {{ day }} between 29 and extract(day from {{ last_day }})
                            then cast({{ expression }} as {{ type }})
                    end
        end
    {%- endif -%}
{% endmacro %}

{#-
    A moment in UTC. A moment without an offset is UTC already. One with an offset is converted.
    Digits beyond the microsecond are cut off.
-#}
{% macro parse_timestamp(value, type='text') %}
    {%- set kind = type_kind(type) -%}
    {%- if kind == 'number' -%}
        {#- A number could mean days, seconds or years, so it is no moment. -#}
        cast(null as timestamp)
    {%- elif kind == 'text' -%}
        case
            when {{ matches(value, "'" ~ value_pattern('timestamp') ~ "'") }}
                then {{ utc_moment(value, kind, type) }}
        end
    {%- else -%}
        {{ utc_moment(value, kind, type) }}
    {%- endif -%}
{%- endmacro %}

{#-
    A moment in UTC. `kind` comes from type_kind. A text must match the pattern of a moment. The
    kind is never number.
-#}
{% macro utc_moment(value, kind, type) %}
    {{- return(adapter.dispatch('utc_moment', 'customer_insights')(value, kind, type)) -}}
{% endmacro %}

{#-
    A moment or a date, if it lies between var earliest_date and one day after the build's start.
    Clocks that say 1970 or 2099 are wrong.
-#}
{% macro if_plausible(moment) -%}
    case
        when
            cast({{ moment }} as timestamp) >= timestamp '{{ var("earliest_date") }} 00:00:00'
            and cast({{ moment }} as timestamp) <= {{ dbt.dateadd('hour', 24, build_started_at()) }}
            then {{ moment }}
    end
{%- endmacro %}

{#-
    The text is filled up to its full length: 2026-03-01 10:20:30.500000. Then its offset is
    subtracted. The first and the last day of the calendar give null, because an offset could lead
    to a day outside the calendar.
-#}
{% macro default__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set day = 'substr(' ~ value ~ ', 1, 10)' -%}
        {%- set time = 'coalesce(' ~ first_match(value, '[Tt ]([0-9:.]+)') ~ ", '')" -%}
        {%- set missing_end = "substr('00:00:00.000000', length(" ~ time ~ ') + 1)' -%}
        {%- set whole_time = 'substr(' ~ time ~ ' || ' ~ missing_end ~ ', 1, 15)' -%}
        {%- set local = 'cast(' ~ day ~ " || ' ' || " ~ whole_time ~ ' as timestamp)' -%}
        {#- From character 17 on, behind the hyphens of the date. -#}
        {%- set offset = first_match('substr(' ~ value ~ ', 17)', '([+-][0-9:]+)$') -%}
        {%- set offset_digits = 'replace(' ~ offset ~ ", ':', '')" -%}
        {%- set hours = 'cast(substr(' ~ offset_digits ~ ', 2, 2) as integer)' -%}
        {%- set minutes = "coalesce(nullif(substr(" ~ offset_digits ~ ", 4, 2), ''), '0')" -%}
        {%- set total_minutes = hours ~ ' * 60 + cast(' ~ minutes ~ ' as integer)' -%}
        case
            when
                {{ day }} between '0001-01-02' and '9999-12-30'
                and {{ try_cast(day, 'date') }} is not null
                then
                    case substr({{ offset_digits }}, 1, 1)
                        when '+' then {{ dbt.dateadd('minute', '-(' ~ total_minutes ~ ')', local) }}
                        when '-' then {{ dbt.dateadd('minute', total_minutes, local) }}
                        else {{ local }}
                    end
        end
    {%- elif kind == 'zoned' -%}
        {{ value }} at time zone 'UTC'
    {%- else -%}
        {{ try_cast(value, 'timestamp') }}
    {%- endif -%}
{% endmacro %}

{#- DuckDB's cast reads an offset, but no blank before it and no UTC or Z. -#}
{% macro duckdb__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set zoned = replace_matches('upper(' ~ value ~ ')', ' ?(UTC|Z)$', '+00:00') -%}
        {%- set spelling -%}
            case
                when length({{ value }}) = 10 then {{ value }} || ' 00:00:00+00:00'
                when {{ matches(value, "'" ~ value_pattern('zoned_timestamp') ~ "'") }}
                    then replace(replace({{ zoned }}, ' +', '+'), ' -', '-')
                else upper({{ value }}) || '+00:00'
            end
        {%- endset -%}
        {{ try_cast(spelling, 'timestamptz') }} at time zone 'UTC'
    {%- elif type == 'timestamp_ns' -%}
        {#- A cast would round up. The operator // alone would round up moments before 1970. -#}
        {%- set nanoseconds = 'epoch_ns(' ~ value ~ ')' -%}
        make_timestamp(({{ nanoseconds }} - ({{ nanoseconds }} % 1000 + 1000) % 1000) // 1000)
    {%- else -%}
        {{ default__utc_moment(value, kind, type) }}
    {%- endif -%}
{% endmacro %}

{#- A moment of Snowflake has nine decimal places, and is cut after six. -#}
{% macro snowflake__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {{ default__utc_moment(value, kind, type) }}
    {%- else -%}
        {%- set moment = "convert_timezone('UTC', " ~ value ~ ')' if kind == 'zoned' else value -%}
        date_trunc('microsecond', {{ moment }}::timestamp_ntz)
    {%- endif -%}
{% endmacro %}

{#- Otherwise Redshift would inherit PostgreSQL's. -#}
{% macro redshift__utc_moment(value, kind, type) -%}
    {{ default__utc_moment(value, kind, type) }}
{%- endmacro %}

{#- Its timestamps are moments, like Spark's, but not all its versions read the same spellings. -#}
{% macro databricks__utc_moment(value, kind, type) -%}
    {{ default__utc_moment(value, 'moment' if kind == 'zoned' else kind, type) }}
{%- endmacro %}

{#-
    A timestamp of Spark is a moment. It is read and written in the time zone of the session, which
    is UTC.
-#}
{% macro spark__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set zoned = replace_matches('upper(' ~ value ~ ')', ' ?(UTC|Z)$', '+00:00') -%}
        {%- set zoned = replace_matches(zoned, ' ([+-])', '$1') -%}
        {#- Before an offset Spark wants seconds. -#}
        {{ try_cast(replace_matches(zoned, '^(.{16})([+-])', '$1:00$2'), 'timestamp') }}
    {%- else -%}
        {{ try_cast(value, 'timestamp') }}
    {%- endif -%}
{% endmacro %}

{#-
    PostgreSQL reads all spellings of an offset, but it rounds to microseconds instead of cutting.
-#}
{% macro postgres__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set cut -%}
            case
                when length({{ value }}) > 26
                    then regexp_replace({{ value }}, '([.][0-9]{6})[0-9]+', '\1')
                else {{ value }}
            end
        {%- endset -%}
        case
            when {{ try_cast('substr(' ~ value ~ ', 1, 10)', 'date') }} is null then null
            when {{ matches(value, "'" ~ value_pattern('zoned_timestamp') ~ "'") }}
                then cast({{ cut }} as timestamptz) at time zone 'UTC'
            else cast({{ cut }} as timestamp)
        end
    {%- else -%}
        {{ default__utc_moment(value, kind, type) }}
    {%- endif -%}
{% endmacro %}

{#- A date as it is written. A time of day or an offset after it does not shift it. -#}
{% macro parse_date(value, type='text') %}
    {%- if type_kind(type) == 'text' -%}
        case
            when {{ matches(value, "'" ~ value_pattern('timestamp') ~ "'") }}
                then {{ try_cast('substr(' ~ value ~ ', 1, 10)', 'date') }}
        end
    {%- elif type_kind(type) == 'number' -%}
        {#- A number could mean days, seconds or years, so it is no date. -#}
        cast(null as date)
    {%- else -%}
        cast({{ utc_moment(value, type_kind(type), type) }} as date)
    {%- endif -%}
{% endmacro %}

{#-
    A number as numeric(28, 9). Doubles are read through their text, because engines round them
    differently.
-#}
{% macro parse_number(value, type, pattern_name) %}
    {%- set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set exact = type_decimal(28, 9) -%}
    {%- set number = try_cast(text, exact) -%}
    {%- if type_kind(type) == 'number' and not modules.re.match('float|double|real', type) -%}
        {{ try_cast(value, exact) }}
    {%- elif type_kind(type) == 'number' -%}
        {{ number }}
    {%- else -%}
        case
            when
                length({{ text }}) <= 100
                and {{ matches(text, "'" ~ value_pattern(pattern_name) ~ "'") }}
                then {{ number }}
        end
    {%- endif -%}
{% endmacro %}

{#- An amount of money below 10^12, rounded half away from zero to nine decimal places. -#}
{% macro parse_amount(value, type='text') %}
    {%- set amount = parse_number(value, type, 'amount') -%}
    case when abs({{ amount }}) < 1000000000000 then {{ amount }} end
{%- endmacro %}

{#-
    How many digits an amount has behind the point: 3 in the text 1.000. A number has no zeros at
    its end.
-#}
{% macro decimal_places(value, amount, type='text') -%}
    {%- set is_text = type_kind(type) == 'text' -%}
    {%- set text = 'cast(' ~ (value if is_text else amount) ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set behind_point = replace_matches(text, '^[^.]*[.]?', '') -%}
    length({{ replace_matches(behind_point, '[^0-9].*$' if is_text else '0+$', '') }})
{%- endmacro %}

{#-
    The whole part of a number with thousands separators, such as 12,000 or 1.240,00, in a rejected
    raw row as JSON. Null where the column has a value that was read, or no such number below 10^12.
    JSON keeps the capitals of a column's name.
-#}
{% macro number_with_separators(raw_record, column_name, value) -%}
    {%- set pattern = '"' ~ column_name ~ '": ?"[+-]?([0-9]{1,3}[.,][0-9]{3}[0-9.,]{0,8})"' -%}
    {%- set number = first_match('lower(' ~ raw_record ~ ')', pattern) -%}
    {%- set whole_part = replace_matches(number, '[.,][0-9]{1,2}$', '') -%}
    {%- set digits = "nullif(" ~ replace_matches(whole_part, '[^0-9]', '') ~ ", '')" -%}
    case
        when {{ value }} is null and length({{ digits }}) <= 12
            then cast({{ digits }} as {{ type_decimal(28, 9) }})
    end
{%- endmacro %}

{#-
    A whole number from 0 to 2^63 - 1. '12.0' is one, because tools write whole numbers in this way
    in columns with nulls.
-#}
{% macro parse_count(value, type='text') %}
    {%- set number = parse_number(value, type, 'count') -%}
    case
        when
            {{ value ~ ' = floor(' ~ value ~ ') and' if type_kind(type) == 'number' }}
            {{ number }} between 0 and 9223372036854775807
            then cast({{ number }} as bigint)
    end
{%- endmacro %}

{#-
    The names of all conditions that are true, in the order given, separated by ';'. Null where none
    is.
-#}
{% macro rejection_reasons(conditions) %}
    {%- set reasons = [] -%}
    {%- for reason, condition in conditions.items() -%}
        {%- do reasons.append("case when " ~ condition ~ " then '" ~ reason ~ "' end") -%}
    {%- endfor -%}
    nullif({{ joined_texts(';', reasons) }}, '')
{%- endmacro %}

{#-
    Texts with a separator of one character between them. Nulls are left out. Not all engines have
    concat_ws, or it gives null.
-#}
{% macro joined_texts(separator, texts) %}
    substr(
        {%- for text in texts %}
        coalesce('{{ separator }}' || {{ text }}, '') {{ '||' if not loop.last }}
        {%- endfor %},
        2
    )
{%- endmacro %}

{#- What became of a raw row: rejected, superseded by a newer row of its key, or accepted. -#}
{% macro record_status() %}
    case
        when rejection_reasons is not null then 'rejected'
        when recency_rank > 1 then 'superseded'
        else 'accepted'
    end
{%- endmacro %}
