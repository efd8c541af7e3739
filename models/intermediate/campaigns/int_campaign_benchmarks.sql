{%- set prior = var('efficiency_prior_conversions') -%}

with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

-- Left out: campaigns without impressions have nothing to compare, and without sessions nobody can
-- tell a leak from missing tags.
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
    -- All stages together, for the score.
    select
        4 as step_order,
        'impression_to_conversion' as step
    union all
    -- Purchases for the money spent, for the cost comparison.
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
        -- One other campaign alone says too little about what is usual in the channel.
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
        -- How much the rates of equally good campaigns differ, beyond chance. Costs differ more,
        -- because all three stages and the prices of clicks are in them. The step for the score
        -- needs no variance, because it is never flagged.
        case steps.step
            when 'impression_to_conversion' then null
            when 'spend_to_conversion' then 0.02
            else power({{ var('natural_variation') }}, 2)
        end as variance
    from portfolio
    cross join steps

),

-- If only one side of a step is known, the campaign would distort the benchmark's rate. So both of
-- its sides count as 0 there.
counted_steps as (

    select
        *,
        case when continued is null then 0 else coalesce(entered, 0) end as entered_with_both,
        case when entered is null then 0 else coalesce(continued, 0) end as continued_with_both
    from campaign_steps

),

channel_steps as (

    select
        period,
        step,
        channel,
        campaign_group,
        sum(entered_with_both) as entered,
        sum(continued_with_both) as continued,
        sum(gross_revenue) as gross_revenue
    from counted_steps
    group by period, step, channel, campaign_group

),

portfolio_steps as (

    select
        period,
        step,
        sum(entered) as entered,
        sum(continued) as continued,
        sum(gross_revenue) as gross_revenue
    from channel_steps
    group by period, step

),

-- The benchmark leaves out the campaign itself: a big campaign would else be compared with itself.
-- Sums are exact before they become doubles, so the order of the rows changes no digit.
benchmarked_steps as (

    select
        counted_steps.period,
        counted_steps.campaign_id,
        counted_steps.channel,
        counted_steps.campaign_group,
        counted_steps.benchmark,
        counted_steps.step,
        counted_steps.step_order,
        cast(counted_steps.entered as {{ type_double() }}) as entered,
        cast(counted_steps.continued as {{ type_double() }}) as continued,
        cast(counted_steps.variance as {{ type_double() }}) as variance,
        cast(
            case counted_steps.benchmark
                when 'channel' then channel_steps.entered - counted_steps.entered_with_both
                when 'portfolio' then portfolio_steps.entered - counted_steps.entered_with_both
            end as {{ type_double() }}
        ) as benchmark_entered,
        cast(
            case counted_steps.benchmark
                when 'channel' then channel_steps.continued - counted_steps.continued_with_both
                when 'portfolio' then portfolio_steps.continued - counted_steps.continued_with_both
            end as {{ type_double() }}
        ) as benchmark_continued,
        cast(
            case counted_steps.benchmark
                when 'channel' then channel_steps.gross_revenue - counted_steps.gross_revenue
                when 'portfolio' then portfolio_steps.gross_revenue - counted_steps.gross_revenue
            end as {{ type_double() }}
        ) as benchmark_gross_revenue
    from counted_steps
    -- Both sums have one row per group of the join, so no campaign is doubled.
    inner join channel_steps
        on
            counted_steps.period = channel_steps.period
            and counted_steps.step = channel_steps.step
            and counted_steps.channel = channel_steps.channel
            and counted_steps.campaign_group = channel_steps.campaign_group
    inner join portfolio_steps
        on
            counted_steps.period = portfolio_steps.period
            and counted_steps.step = portfolio_steps.step

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
    -- (continued + prior) / (expected + prior). It multiplies before it divides, so that an average
    -- campaign has exactly 1.
    (continued + {{ prior }}) * nullif(benchmark_entered, 0)
    / nullif(entered * benchmark_continued + {{ prior }} * benchmark_entered, 0) as step_index,
    -- How many standard deviations the campaign is away from its benchmark. Both vary, by chance
    -- (1 / ...) and beyond it (variance). The halves keep 0 out of logarithm and denominator.
    ln((continued + 0.5) / (expected + 0.5))
    / sqrt(1 / (continued + 0.5) + 1 / (benchmark_continued + 0.5) + 2 * variance) as z
from expected_steps
