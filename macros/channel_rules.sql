{#- Whether a rule of the CTE or seed channel_rules fits a source and a medium. Null is empty. -#}
{% macro channel_rule_fits(source, medium) %}
    {%- set source = ignoring_case("coalesce(" ~ source ~ ", '')") -%}
    {%- set medium = ignoring_case("coalesce(" ~ medium ~ ", '')") -%}
    {{ matches_pattern(source, 'channel_rules.utm_source_pattern', 'channel_rules') }}
    and {{ matches_pattern(medium, 'channel_rules.utm_medium_pattern', 'channel_rules') }}
{%- endmacro %}

{#- Prints the rule that applies to a tag, so that one can be looked up: `TAG='google / cpc'`. -#}
{% macro show_rule_of_tag(tag) %}
    {% set separator = ' / ' if ' / ' in tag | string else '/' %}
    {% set parts = (tag | string).split(separator) %}
    {% set utm_source, utm_medium = parts[0] | trim, parts[1:] | join('/') | trim %}
    {% set query %}
        select * from {{ ref('channel_rules') }} as channel_rules
        where {{ channel_rule_fits(
            utm_value(text_literal(utm_source)), utm_value(text_literal(utm_medium))
        ) }}
        order by rule_order
    {% endset %}
    {% set rules = rows_of(query) %}
    {% do print('Source "' ~ utm_source ~ '", medium "' ~ utm_medium ~ '"') %}
    {% do describe_rule(rules[0]) %}
    {% set later = rules[1:] | map(attribute='rule_order') | join(', ') %}
    {% set advice = '. A rule of your own for this tag needs a rule_order below ' %}
    {% set text = 'Of the rules behind it these would fit, too: ' ~ later ~ advice %}
    {% do print((text ~ rules[0].rule_order ~ '.') | wordwrap(80)) if later %}
{% endmacro %}

{#- Prints the tags that a rule catches, so that it can be tried on real sessions: `RULE=110`. -#}
{% macro show_tags_of_rule(rule) %}
    {% set query = 'select * from ' ~ ref('channel_rules') ~ ' where rule_order = ' ~ rule | int %}
    {% set rule_row = rows_of(query) | first %}
    {% set session_days = load_relation(ref('int_session_days')) %}
    {% set session_tags = load_relation(ref('int_session_tags')) %}
    {% if not rule_row %}
        {% do print('seeds/channel_rules.csv has no rule with rule_order ' ~ rule ~ '.') %}
    {% elif not session_days or not session_tags %}
        {% set command = '`make build' ~ given_data() ~ '`' %}
        {% do print('The sessions have not been built yet. Run ' ~ command ~ ' first.') %}
    {% else %}
        {#- The tags that it fits, each with the first rule that fits the tag: that one decides. -#}
        {% set query %}
            with tags as (
                select
                    session_tags.utm_source, session_tags.utm_medium,
                    sum(session_days.sessions) as session_count
                from {{ session_days }} as session_days
                inner join {{ session_tags }} as session_tags
                    on {{ has_tags('session_days', 'tagged_campaign_id') }}
                where session_tags.utm_source is not null or session_tags.utm_medium is not null
                group by session_tags.utm_source, session_tags.utm_medium
            )

            select
                tags.utm_source, tags.utm_medium, tags.session_count,
                min(channel_rules.rule_order) as first_rule
            from tags
            inner join {{ ref('channel_rules') }} as channel_rules
                on {{ channel_rule_fits('tags.utm_source', 'tags.utm_medium') }}
            group by tags.utm_source, tags.utm_medium, tags.session_count
            having max(case when channel_rules.rule_order = {{ rule | int }} then 1 else 0 end) = 1
            order by tags.session_count desc, tags.utm_source, tags.utm_medium
        {% endset %}
        {% set fitting = rows_of(query) %}
        {% set caught = fitting | selectattr('first_rule', 'equalto', rule_row.rule_order) | list %}
        {% set missed = fitting | rejectattr('first_rule', 'equalto', rule_row.rule_order) | list %}
        {% set session_count = readable(caught | sum(attribute='session_count')) %}
        {% do describe_rule(rule_row) %}
        {% set end = ' sessions of the last build' ~ (':' if caught else '.') %}
        {% do print('It catches ' ~ session_count ~ end) %}
        {% do show_tags(caught) %}
        {#- The last rule fits everything, so it would list all other sessions. -#}
        {% set patterns = [rule_row.utm_source_pattern, rule_row.utm_medium_pattern] %}
        {% if missed and patterns != ['.*', '.*'] %}
            {% do print('It fits these too, but an earlier rule catches them:') %}
            {% do show_tags(missed, with_rule=true) %}
        {% endif %}
    {% endif %}
{% endmacro %}

{#- Prints the first tags of a list, because a rule may catch thousands. -#}
{% macro show_tags(tags, with_rule=false) %}
    {% for row in tags[:20] %}
        {% set tag = (row.utm_source or '') ~ ' / ' ~ (row.utm_medium or '') %}
        {% set catcher = ' (rule ' ~ row.first_rule ~ ')' if with_rule %}
        {% do print('  ' ~ readable(row.session_count).rjust(9) ~ ' x ' ~ tag ~ catcher) %}
    {% endfor %}
    {% do print('  and ' ~ (tags | length - 20) ~ ' more') if tags | length > 20 %}
{% endmacro %}

{#- Prints a rule with its reason, and what no rule decides. -#}
{% macro describe_rule(rule) %}
    {% do print('Rule ' ~ rule.rule_order ~ ': ' ~ rule.channel) %}
    {% do print(rule.rationale | wordwrap(78) | indent(2, true)) %}
    {% set exception = 'A session whose campaign id the platforms know' %}
    {% do print('  ' ~ exception ~ ' has the channel of that campaign.') %}
{% endmacro %}
