{#- Whether a rule of the CTE or seed channel_rules fits a source and a medium. Null counts as an empty text. -#}
{% macro channel_rule_fits(source, medium) %}
    {{ matches(ignoring_case("coalesce(" ~ source ~ ", '')"), ignoring_case('channel_rules.utm_source_pattern')) }}
    and {{ matches(ignoring_case("coalesce(" ~ medium ~ ", '')"), ignoring_case('channel_rules.utm_medium_pattern')) }}
{%- endmacro %}

{#- Prints which rule of seed channel_rules applies to a tag: `make check-data TAG='google / cpc'`. -#}
{% macro show_rule_of_tag(tag) %}
    {%- set parts = (tag | string).split(' / ' if ' / ' in tag | string else '/') -%}
    {%- set utm_source, utm_medium = parts[0] | trim, parts[1:] | join('/') | trim -%}
    {%- set found = run_query(
        'select * from ' ~ ref('channel_rules') ~ ' as channel_rules where '
        ~ channel_rule_fits(utm_value(text_literal(utm_source)), utm_value(text_literal(utm_medium))) ~ ' order by rule_order'
    ).rows -%}
    {%- do print('Source "' ~ utm_source ~ '", medium "' ~ utm_medium ~ '"') -%}
    {%- do describe_rule(found[0]) -%}
    {%- if found | length > 1 -%}
        {%- do print(
            ('Of the rules behind it these would fit, too: ' ~ (found[1:] | map(attribute='rule_order') | join(', '))
            ~ '. A rule of your own for this tag needs a rule_order below ' ~ found[0]['rule_order'] ~ '.') | wordwrap(80)
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- Says which tags of the sessions a rule catches: `make check-data RULE=110`. -#}
{% macro show_tags_of_rule(rule) %}
    {%- set rules = run_query('select * from ' ~ ref('channel_rules') ~ ' where rule_order = ' ~ (rule | int)).rows -%}
    {%- set session_days = load_relation(ref('int_session_days')) -%}
    {%- set session_tags = load_relation(ref('int_session_tags')) -%}
    {%- if not rules -%}
        {%- do print('seeds/channel_rules.csv has no rule with rule_order ' ~ rule ~ '.') -%}
    {%- elif not session_days or not session_tags -%}
        {%- do print('The sessions have not been built yet. Run `make build' ~ given_data() ~ '` first.') -%}
    {%- else -%}
        {%- do describe_rule(rules[0]) -%}
        {%- set caught, missed = [], [] -%}
        {%- for row in run_query(
            'with tags as (select session_tags.utm_source, session_tags.utm_medium, sum(session_days.sessions) as session_count from '
            ~ session_days ~ ' as session_days inner join ' ~ session_tags ~ ' as session_tags on ' ~ has_tags('session_days', 'tagged_campaign_id')
            ~ ' where session_tags.utm_source is not null or session_tags.utm_medium is not null'
            ~ ' group by session_tags.utm_source, session_tags.utm_medium)'
            ~ ' select tags.utm_source, tags.utm_medium, tags.session_count, min(channel_rules.rule_order) as first_rule_order'
            ~ ' from tags inner join ' ~ ref('channel_rules') ~ ' as channel_rules on '
            ~ channel_rule_fits('tags.utm_source', 'tags.utm_medium')
            ~ ' group by tags.utm_source, tags.utm_medium, tags.session_count'
            ~ ' having max(case when channel_rules.rule_order = ' ~ rules[0]['rule_order'] ~ ' then 1 else 0 end) = 1'
            ~ ' order by tags.session_count desc, tags.utm_source, tags.utm_medium'
        ).rows -%}
            {%- do (caught if row['first_rule_order'] == rules[0]['rule_order'] else missed).append(row) -%}
        {%- endfor -%}
        {%- do print('It catches ' ~ readable_number(caught | sum(attribute='session_count')) ~ ' sessions of the last build' ~ (':' if caught else '.')) -%}
        {%- do show_tags(caught) -%}
        {#- The last rule fits everything, so it would list all other sessions. -#}
        {%- if missed and (rules[0]['utm_source_pattern'], rules[0]['utm_medium_pattern']) != ('.*', '.*') -%}
            {%- do print('It fits these too, but an earlier rule catches them:') -%}
            {%- do show_tags(missed, with_rule=true) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro show_tags(tags, with_rule=false) %}
    {%- set shown = 20 -%}
    {%- for row in tags[:shown] -%}
        {%- do print(
            '  ' ~ readable_number(row['session_count']).rjust(9) ~ ' x ' ~ (row['utm_source'] or '') ~ ' / ' ~ (row['utm_medium'] or '')
            ~ (' (rule ' ~ row['first_rule_order'] ~ ')' if with_rule else '')
        ) -%}
    {%- endfor -%}
    {%- if tags | length > shown -%}
        {%- do print('  and ' ~ (tags | length - shown) ~ ' more') -%}
    {%- endif -%}
{% endmacro %}

{% macro describe_rule(rule) %}
    {%- do print('Rule ' ~ rule['rule_order'] ~ ': ' ~ rule['channel'] ~ '\n  ' ~ (rule['rationale'] | wordwrap(78, wrapstring='\n  '))) -%}
    {%- do print('  A session whose campaign id the platforms know has the channel of that campaign.') -%}
{% endmacro %}
