-- Google Ads → campaign_metrics.
-- Written for: BigQuery, and Fivetran's connector. BigQuery's own transfer has the same columns in
--              ads_CampaignBasicStats_<account> (segments_date, campaign_id, metrics_cost_micros).
-- Reads:       google_ads.campaign_stats, campaign_history, account_history.
-- Makes:       the view marketing_raw.google_ads_campaign_metrics, which
--              united_campaign_metrics.sql reads.
-- Change:      google_ads, marketing_raw.
--
-- This view reads the daily table of campaigns, not that of ads. Performance Max has no ads, the
-- table of ads lacks removed ads, and some spend belongs to no ad. So the sum is the invoice's.
create or replace view marketing_raw.google_ads_campaign_metrics as
with campaigns as (
    select id, max_by(name, updated_at) as name
    from google_ads.campaign_history
    group by id
),

accounts as (
    select id, max_by(currency_code, updated_at) as currency
    from google_ads.account_history
    group by id
),

campaign_days as (
    select
        date,
        customer_id,
        id,
        sum(impressions) as impressions,  -- rows are per device and network
        sum(clicks) as clicks,
        sum(cost_micros) as cost_micros
    from google_ads.campaign_stats
    group by date, customer_id, id
)

select
    campaign_days.date as metric_date,
    'google_ads' as platform,
    cast(campaign_days.id as string) as campaign_id,
    cast(null as string) as ad_id,
    campaigns.name as campaign_name,
    campaign_days.impressions,
    campaign_days.clicks,
    campaign_days.cost_micros * cast('0.000001' as numeric) as spend,  -- exact, which / 1e6 is not
    coalesce(accounts.currency, '(unknown)') as currency  -- null would mean the reporting currency
from campaign_days
left join campaigns on campaign_days.id = campaigns.id
left join accounts on campaign_days.customer_id = accounts.id;
