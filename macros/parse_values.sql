{#-
    Text to typed values. These patterns decide what is valid, not an engine's cast, so that every engine accepts the
    same rows. The cast then only has to refuse days that no calendar has. Examples: 2026-03-01T10:20:30.5+01:00; -1.5e3;
    12.0. A count has any number of zeros behind the point but three, because 12.000 may mean twelve thousand.
-#}
{% macro value_pattern(kind) %}
    {%- set day = '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}' -%}
    {%- set time = '[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?' -%}
    {%- set zone = ' ?(?:[Zz]|[Uu][Tt][Cc]|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)' -%}
    {{- return({
        'timestamp': day ~ '(?:' ~ time ~ '(?:' ~ zone ~ ')?)?',
        'zoned_timestamp': '.*:.*' ~ zone,
        'amount': '[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]{1,2})?',
        'count': '[+-]?[0-9]+(?:[.](?:0{0,2}|0{4,}))?',
    }[kind]) -}}
{% endmacro %}

{#- True where the whole text matches a regular expression (alternatives, groups, classes and repetition only). -#}
{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches', 'customer_insights')(text, pattern)) }}{% endmacro %}

{% macro default__matches(text, pattern) %}{{ text }} ~ ('^(?:' || {{ pattern }} || ')$'){% endmacro %}

{#- The dot stands for line ends too, and the end is where nothing follows: `$` would pass over a last line end. -#}
{% macro spark__matches(text, pattern) %}({{ text }} rlike ('(?s)^(?:' || {{ pattern }} || ')(?!.)')){% endmacro %}

{% macro duckdb__matches(text, pattern) %}regexp_full_match({{ text }}, {{ pattern }}, 's'){% endmacro %}

{#-
    A cast that gives null instead of an error. It casts typed moments to timestamp, and text that matches its pattern
    to other types.
-#}
{% macro try_cast(expression, type) %}{{ return(adapter.dispatch('try_cast', 'customer_insights')(expression, type)) }}{% endmacro %}

{% macro default__try_cast(expression, type) %}try_cast({{ expression }} as {{ type }}){% endmacro %}

{#-
    PostgreSQL has no such cast before version 16. A text that matches the patterns can still be too great, or a day
    that no calendar has.
-#}
{% macro postgres__try_cast(expression, type) %}
    {%- if type.startswith('numeric') -%}
        case when abs(cast({{ expression }} as numeric)) < 9999999999999999999 then cast({{ expression }} as {{ type }}) end
    {%- elif type == 'timestamp' -%}
        case when {{ expression }} >= '0001-01-01' and {{ expression }} < '10000-01-01' then cast({{ expression }} as timestamp) end
    {%- else -%}
        {#- A case within a case, because the conditions of an `and` may be computed in any order. -#}
        case
            when cast(substr({{ expression }}, 6, 2) as integer) between 1 and 12
                then
                    case
                        when
                            cast(substr({{ expression }}, 9, 2) as integer) between 1 and 28
                            or cast(substr({{ expression }}, 9, 2) as integer) between 29 and extract(
                                day from cast(substr({{ expression }}, 1, 8) || '01' as date) + interval '1 month' - interval '1 day'
                            )
                            then cast({{ expression }} as {{ type }})
                    end
        end
    {%- endif -%}
{% endmacro %}

{#-
    A moment in UTC. A moment without an offset is UTC already. One with an offset is converted. Digits beyond the
    microsecond are cut off.
-#}
{% macro parse_timestamp(value, type='text') %}
    {%- set kind = type_kind(type) -%}
    {%- if kind == 'number' -%}
        {#- A number could mean days, seconds or years, so it is no moment. -#}
        cast(null as timestamp)
    {%- else -%}
        {%- set moment = adapter.dispatch('utc_moment', 'customer_insights')(value, kind, type) -%}
        {%- if kind == 'text' -%}
            case when {{ matches(value, "'" ~ value_pattern('timestamp') ~ "'") }} then {{ moment }} end
        {%- else -%}
            {{ moment }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
    A moment or a date, if it lies between var earliest_date and one day after the build's start. Clocks that say 1970
    or 2099 are wrong.
-#}
{% macro if_plausible(moment) -%}
    case
        when
            {{ moment }} >= timestamp '{{ var("earliest_date") }} 00:00:00'
            and {{ moment }} <= {{ dbt.dateadd('hour', 24, build_started_at()) }}
            then {{ moment }}
    end
{%- endmacro %}

{% macro default__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set zoned = replace_matches(replace_matches('upper(' ~ value ~ ')', ' ?(UTC|Z)$', '+00:00'), ' ([+-])', '\\1') -%}
        {{ try_cast(
            "case when length(" ~ value ~ ") = 10 then " ~ value ~ " || ' 00:00:00+00:00'"
            ~ " when " ~ matches(value, "'" ~ value_pattern('zoned_timestamp') ~ "'") ~ " then " ~ zoned
            ~ " else upper(" ~ value ~ ") || '+00:00' end",
            'timestamptz'
        ) }} at time zone 'UTC'
    {%- elif kind == 'zoned' -%}
        {{ value }} at time zone 'UTC'
    {%- elif type == 'timestamp_ns' -%}
        {#- A cast would round up. The operator // alone would round up moments before 1970. -#}
        make_timestamp((epoch_ns({{ value }}) - (epoch_ns({{ value }}) % 1000 + 1000) % 1000) // 1000)
    {%- else -%}
        {{ try_cast(value, 'timestamp') }}
    {%- endif -%}
{% endmacro %}

{#- A timestamp of Spark is a moment. It is read and written in the time zone of the session, which is UTC. -#}
{% macro spark__utc_moment(value, kind, type) %}
    {%- set upper_case = 'upper(' ~ value ~ ')' -%}
    {%- set zoned = replace_matches(replace_matches(upper_case, ' ?(UTC|Z)$', '+00:00'), ' ([+-])', '\\1') -%}
    {#- Before an offset Spark wants seconds. -#}
    {{ try_cast(replace_matches(zoned, '^(.{16})([+-])', '\\1:00\\2') if kind == 'text' else value, 'timestamp') }}
{% endmacro %}

{#- PostgreSQL reads all spellings of an offset, but it rounds to microseconds instead of cutting. -#}
{% macro postgres__utc_moment(value, kind, type) %}
    {%- if kind == 'text' -%}
        {%- set cut = "case when length(" ~ value ~ ") > 26 then regexp_replace(" ~ value ~ ", '([.][0-9]{6})[0-9]+', '\\1') else " ~ value ~ " end" -%}
        case
            when {{ try_cast('substr(' ~ value ~ ', 1, 10)', 'date') }} is null then null
            when {{ matches(value, "'" ~ value_pattern('zoned_timestamp') ~ "'") }} then cast({{ cut }} as timestamptz) at time zone 'UTC'
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
        cast({{ adapter.dispatch('utc_moment', 'customer_insights')(value, type_kind(type), type) }} as date)
    {%- endif -%}
{% endmacro %}

{#- A number as numeric(28, 9). Doubles are read through their text, because engines round them differently. -#}
{% macro parse_number(value, type, kind) %}
    {%- set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set number = try_cast(text, 'numeric(28, 9)') -%}
    {%- if type_kind(type) == 'number' and not modules.re.match('float|double|real', type) -%}
        {{ try_cast(value, 'numeric(28, 9)') }}
    {%- elif type_kind(type) == 'number' -%}
        {{ number }}
    {%- else -%}
        case when length({{ text }}) <= 100 and {{ matches(text, "'" ~ value_pattern(kind) ~ "'") }} then {{ number }} end
    {%- endif -%}
{% endmacro %}

{#- An amount of money below 10^12, rounded half away from zero to nine decimal places. -#}
{% macro parse_amount(value, type='text') %}
    {%- set amount = parse_number(value, type, 'amount') -%}
    case when abs({{ amount }}) < 1000000000000 then {{ amount }} end
{%- endmacro %}

{#-
    A whole number from 0 to 2^63 - 1. '12.0' is one, because tools write whole numbers in this way in columns with
    nulls.
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

{#- The names of all conditions that are true, in the order given, separated by ';'. Null where none is. -#}
{% macro rejection_reasons(conditions) %}
    nullif(concat_ws(
        ';',
        {%- for reason, condition in conditions.items() %}
        case when {{ condition }} then '{{ reason }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ), '')
{%- endmacro %}

{#- What became of a raw row: rejected, superseded by a newer row of its key, or accepted. -#}
{% macro record_status() %}
    case when rejection_reasons is not null then 'rejected' when recency_rank > 1 then 'superseded' else 'accepted' end
{%- endmacro %}
