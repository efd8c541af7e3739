{%- set prior = 'cast(' ~ var('efficiency_prior_conversions') ~ ' as double precision)' -%}
{%- set stages = {
    'click_through': ['impressions', 'clicks'],
    'click_to_session': ['clicks', 'sessions'],
    'session_to_conversion': ['sessions', 'conversions'],
} -%}

with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

-- Without impressions there is nothing to be efficient with; without sessions nobody can tell a leak from missing tags.
portfolio as (

    select
        campaign_id,
        channel,
        impressions,
        clicks,
        sessions,
        conversions,
        gross_revenue,
        count(*) over (partition by channel) > 3 as has_channel_benchmark,
        count(*) over () > 1 as has_benchmark
    from campaigns
    where impressions > 0 and tracking_status <> 'no_sessions'

),

scored as (

    select
        campaign_id,
        has_channel_benchmark,
        has_benchmark,
        cast(conversions as double precision) as conversions,
        cast(impressions as double precision) as impressions,
        cast(sum(conversions) over () as double precision) as portfolio_conversions,
        cast(sum(impressions) over () as double precision) as portfolio_impressions,
        -- What a conversion is worth to the campaigns that this one is measured by.
        {{ others('gross_revenue') }} as benchmark_gross_revenue,
        {{ others('conversions') }} as benchmark_conversions
    from portfolio

),

stages as (

    {% for stage, counts in stages.items() -%}
        select
            campaign_id,
            channel,
            has_channel_benchmark,
            has_benchmark,
            {{ loop.index }} as stage_order,
            '{{ stage }}' as stage,
            cast({{ counts[0] }} as double precision) as entered,
            cast({{ counts[1] }} as double precision) as continued,
            -- A rate is made of the campaigns that have both sides.
            case when {{ counts[1] }} is not null then {{ counts[0] }} end as entered_with_both,
            case when {{ counts[0] }} is not null then {{ counts[1] }} end as continued_with_both
        from portfolio
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

benchmarked as (

    select
        campaign_id,
        stage_order,
        stage,
        entered,
        continued,
        {{ others('entered_with_both', 'stage') }} as benchmark_entered,
        {{ others('continued_with_both', 'stage') }} as benchmark_continued
    from stages

),

indexed as (

    select
        *,
        -- Multiplied out before it is divided: an average campaign has exactly 1.
        (continued + {{ prior }}) * nullif(benchmark_entered, 0)
        / nullif(entered * benchmark_continued + {{ prior }} * benchmark_entered, 0) as stage_index,
        entered * benchmark_continued / nullif(benchmark_entered, 0) - continued as missing_people,
        -- How many of the missing would have gone on from here: a campaign's own rate once it is more than chance.
        case
            when entered >= 100 then continued / entered else benchmark_continued / nullif(benchmark_entered, 0)
        end as onward_rate
    from benchmarked

),

compared as (

    select
        *,
        row_number() over (
            partition by campaign_id order by {{ at_nine_decimals('stage_index') }} asc nulls last, stage_order
        ) as weakness_rank
    from indexed

),

pivoted as (

    select
        campaign_id,
        {% for stage in stages -%}
            max(case when stage = '{{ stage }}' then stage_index end) as {{ stage }}_index,
            max(case when stage = '{{ stage }}' then onward_rate end) as {{ stage }}_onward_rate,
        {% endfor -%}
        max(
            case when weakness_rank = 1 and {{ at_nine_decimals('stage_index') }} < {{ var('weak_stage_index') }} then stage end
        ) as weakest_stage,
        max(case when weakness_rank = 1 then greatest(missing_people, 0) end) as missing_people
    from compared
    group by campaign_id

),

rated as (

    select
        scored.campaign_id,
        case
            when scored.portfolio_conversions > 0
                then
                    100 * (scored.conversions + {{ prior }}) * scored.portfolio_impressions
                    / (
                        (scored.conversions + 2 * {{ prior }}) * scored.portfolio_impressions
                        + scored.impressions * scored.portfolio_conversions
                    )
        end as efficiency_score,
        case when scored.has_channel_benchmark then 'channel' when scored.has_benchmark then 'portfolio' end as benchmark,
        pivoted.click_through_index,
        pivoted.click_to_session_index,
        pivoted.session_to_conversion_index,
        pivoted.weakest_stage,
        case pivoted.weakest_stage
            when 'click_through'
                then pivoted.missing_people * pivoted.click_to_session_onward_rate * pivoted.session_to_conversion_onward_rate
            when 'click_to_session' then pivoted.missing_people * pivoted.session_to_conversion_onward_rate
            when 'session_to_conversion' then pivoted.missing_people
        end as lost_conversions,
        {{ ratio('scored.benchmark_gross_revenue', 'scored.benchmark_conversions') }} as benchmark_revenue_per_conversion
    from scored
    inner join pivoted on scored.campaign_id = pivoted.campaign_id

),

ranked as (

    select
        *,
        row_number() over (
            order by {{ at_nine_decimals('efficiency_score') }} desc nulls last, {{ by_code_point('campaign_id') }}
        ) as score_rank
    from rated

)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.platform,
    campaigns.channel,
    campaigns.first_active_date,
    campaigns.last_active_date,
    campaigns.impressions,
    campaigns.clicks,
    campaigns.sessions,
    campaigns.conversions,
    campaigns.spend,
    campaigns.revenue,
    campaigns.gross_revenue,
    campaigns.tracking_status,
    ranked.click_through_index,
    ranked.click_to_session_index,
    ranked.session_to_conversion_index,
    ranked.benchmark,
    ranked.efficiency_score,
    case when ranked.efficiency_score is not null then ranked.score_rank end as efficiency_rank,
    ranked.weakest_stage,
    coalesce(
        {{ at_nine_decimals('ranked.click_through_index') }} >= {{ var('clicked_index_minimum') }}
        and {{ at_nine_decimals('ranked.session_to_conversion_index') }} <= {{ var('not_converting_index_maximum') }},
        false
    ) as is_clicked_but_not_converting,
    ranked.lost_conversions,
    ranked.lost_conversions * ranked.benchmark_revenue_per_conversion as lost_revenue
from campaigns
left join ranked on campaigns.campaign_id = ranked.campaign_id
