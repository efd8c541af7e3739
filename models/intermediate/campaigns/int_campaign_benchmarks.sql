{%- set prior = var('efficiency_prior_conversions') -%}

with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

-- Without impressions there is nothing to compare; without sessions nobody can tell a leak from
-- missing tags.
portfolio as (

    select
        *,
        count(*) over (partition by period, channel, campaign_group) - 1 as others_in_channel,
        count(*) over (partition by period) - 1 as others_in_portfolio
    from campaigns
    where impressions > 0 and tracking_status <> 'no_sessions'

),

steps as (

    select
        1 as step_order,
        'click_through' as step
    union all
    select
        2 as step_order,
        'click_to_session' as step
    union all
    select
        3 as step_order,
        'session_to_conversion' as step
    union all
    -- The whole way, for the score.
    select
        4 as step_order,
        'impression_to_conversion' as step
    union all
    -- What comes of the money.
    select
        5 as step_order,
        'spend_to_conversion' as step

),

campaign_steps as (

    select
        portfolio.period,
        portfolio.campaign_id,
        portfolio.channel,
        portfolio.campaign_group,
        -- One other campaign alone is a rival and no yardstick.
        case
            when portfolio.others_in_channel >= 2 then 'channel'
            when portfolio.others_in_portfolio >= 1 then 'portfolio'
        end as benchmark,
        steps.step,
        steps.step_order,
        portfolio.gross_revenue,
        case steps.step
            when 'click_through' then portfolio.impressions
            when 'click_to_session' then portfolio.clicks
            when 'session_to_conversion' then portfolio.sessions
            when 'impression_to_conversion' then portfolio.impressions
            when 'spend_to_conversion' then case when portfolio.spend > 0 then portfolio.spend end
        end as entered,
        case steps.step
            when 'click_through' then portfolio.clicks
            when 'click_to_session' then portfolio.sessions
            else portfolio.conversions
        end as continued,
        -- How much one and the same campaign's rate varies by nature. Money varies more: all three
        -- stages are in it, and the prices of clicks. The whole way is scored and never flagged.
        case steps.step
            when 'impression_to_conversion' then null
            when 'spend_to_conversion' then 0.02
            else power({{ var('natural_variation') }}, 2)
        end as variance
    from portfolio
    cross join steps

),

-- A rate is made of the campaigns that have both sides.
both_sides as (

    select
        *,
        case when continued is null then 0 else coalesce(entered, 0) end as entered_with_both,
        case when entered is null then 0 else coalesce(continued, 0) end as continued_with_both
    from campaign_steps

),

in_channel as (

    select
        period,
        step,
        channel,
        campaign_group,
        sum(entered_with_both) as entered,
        sum(continued_with_both) as continued,
        sum(gross_revenue) as gross_revenue
    from both_sides
    group by period, step, channel, campaign_group

),

in_portfolio as (

    select
        period,
        step,
        sum(entered) as entered,
        sum(continued) as continued,
        sum(gross_revenue) as gross_revenue
    from in_channel
    group by period, step

),

-- The benchmark is the others: a big campaign would else be its own yardstick. Sums are exact
-- before they become doubles, so that the order of the rows changes no digit.
benchmarked_steps as (

    select
        both_sides.period,
        both_sides.campaign_id,
        both_sides.channel,
        both_sides.campaign_group,
        both_sides.benchmark,
        both_sides.step,
        both_sides.step_order,
        cast(both_sides.entered as double precision) as entered,
        cast(both_sides.continued as double precision) as continued,
        cast(both_sides.variance as double precision) as variance,
        cast(
            case both_sides.benchmark
                when 'channel' then in_channel.entered - both_sides.entered_with_both
                when 'portfolio' then in_portfolio.entered - both_sides.entered_with_both
            end as double precision
        ) as benchmark_entered,
        cast(
            case both_sides.benchmark
                when 'channel' then in_channel.continued - both_sides.continued_with_both
                when 'portfolio' then in_portfolio.continued - both_sides.continued_with_both
            end as double precision
        ) as benchmark_continued,
        cast(
            case both_sides.benchmark
                when 'channel' then in_channel.gross_revenue - both_sides.gross_revenue
                when 'portfolio' then in_portfolio.gross_revenue - both_sides.gross_revenue
            end as double precision
        ) as benchmark_gross_revenue
    from both_sides
    inner join in_channel
        on
            both_sides.period = in_channel.period
            and both_sides.step = in_channel.step
            and both_sides.channel = in_channel.channel
            and both_sides.campaign_group = in_channel.campaign_group
    inner join in_portfolio
        on both_sides.period = in_portfolio.period and both_sides.step = in_portfolio.step

),

expected_steps as (

    select
        *,
        entered * benchmark_continued / nullif(benchmark_entered, 0) as expected
    from benchmarked_steps

)

select
    period,
    campaign_id,
    channel,
    campaign_group,
    benchmark,
    step,
    step_order,
    entered,
    continued,
    benchmark_entered,
    benchmark_continued,
    benchmark_gross_revenue,
    expected,
    -- (continued + prior) / (expected + prior), multiplied out before it is divided: an average
    -- campaign has exactly 1.
    (continued + {{ prior }}) * nullif(benchmark_entered, 0)
    / nullif(entered * benchmark_continued + {{ prior }} * benchmark_entered, 0) as step_index,
    -- How many standard deviations the campaign is away from its benchmark. Both vary, by chance
    -- and by nature. The halves keep 0 out of logarithm and denominator.
    ln((continued + 0.5) / (expected + 0.5))
    / sqrt(1 / (continued + 0.5) + 1 / (benchmark_continued + 0.5) + 2 * variance) as z
from expected_steps
