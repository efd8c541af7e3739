with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

comparisons as (

    select * from {{ ref('int_campaign_comparisons') }}

)

select
    campaigns.period,
    campaigns.period_start,
    campaigns.period_end,
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.platform,
    campaigns.channel,
    campaigns.campaign_group,
    campaigns.first_active_date,
    campaigns.last_active_date,
    campaigns.impressions,
    campaigns.clicks,
    campaigns.sessions,
    campaigns.conversions,
    campaigns.spend,
    campaigns.revenue,
    {{ ratio('campaigns.clicks', 'campaigns.impressions') }} as click_through_rate,
    {{ ratio('campaigns.sessions', 'campaigns.clicks') }} as click_to_session_rate,
    {{ ratio('campaigns.conversions', 'campaigns.sessions') }} as session_to_conversion_rate,
    {{ ratio('campaigns.conversions', 'campaigns.impressions') }} as impression_to_conversion_rate,
    comparisons.click_through_index,
    comparisons.click_to_session_index,
    comparisons.session_to_conversion_index,
    comparisons.benchmark,
    comparisons.efficiency_score,
    comparisons.efficiency_rank,
    comparisons.efficiency_score_in_channel,
    comparisons.efficiency_rank_in_channel,
    comparisons.weakest_stage,
    comparisons.evidence,
    -- Campaigns outside the portfolio have no comparison, and the flag is never null.
    coalesce(comparisons.is_clicked_but_not_converting, false) as is_clicked_but_not_converting,
    comparisons.lost_conversions,
    comparisons.lost_revenue,
    {{ ratio('campaigns.spend', 'campaigns.clicks') }} as cost_per_click,
    {{ ratio('campaigns.spend', 'campaigns.conversions') }} as cost_per_conversion,
    comparisons.cost_comparison,
    {{ ratio('campaigns.revenue', 'campaigns.spend') }} as return_on_ad_spend,
    campaigns.tracking_status
from campaigns
left join comparisons
    on campaigns.period = comparisons.period and campaigns.campaign_id = comparisons.campaign_id
