{% for subject in [
    'money', 'platforms', 'tags', 'identity', 'keys', 'deliveries', 'rejections'
] -%}
    select
        warning,
        subject,
        row_count,
        counted,
        amount,
        advice
    from {{ ref('int_warnings_of_' ~ subject) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
