-- Meta Ads → campaign_metrics.
-- Written for: BigQuery, and Fivetran's connector. Airbyte has the same columns in ads_insights
--              (date_start, campaign_id, inline_link_clicks, account_currency).
-- Reads:       facebook_ads.basic_ad, ad_history, campaign_history, account_history.
-- Makes:       the view marketing_raw.meta_ads_campaign_metrics, which
--              united_campaign_metrics.sql reads.
-- Change:      facebook_ads, marketing_raw.
--
-- Clicks are link clicks: Meta's `clicks` are also likes and opened pictures, which bring nobody to
-- the site.
-- An ad that was deleted has metrics and no history, so nobody knows its campaign. Its spend goes
-- to a campaign called `(deleted Meta ads)`: the total stays that of the invoice, and the amount is
-- named.
create or replace view marketing_raw.meta_ads_campaign_metrics as
with ads as (
    select cast(id as string) as id, max_by(campaign_id, updated_time) as campaign_id
    from facebook_ads.ad_history
    group by id
),

campaigns as (
    select id, max_by(name, updated_time) as name
    from facebook_ads.campaign_history
    group by id
),

accounts as (
    select id, max_by(currency, _fivetran_synced) as currency
    from facebook_ads.account_history
    group by id
)

select
    ad_days.date as metric_date,
    'meta_ads' as platform,
    coalesce(cast(ads.campaign_id as string), '(deleted Meta ads)') as campaign_id,
    cast(ad_days.ad_id as string) as ad_id,
    if(ads.campaign_id is null, 'Deleted ads, campaign unknown', campaigns.name) as campaign_name,
    ad_days.impressions,
    ad_days.inline_link_clicks as clicks,
    cast(ad_days.spend as numeric) as spend,
    coalesce(accounts.currency, '(unknown)') as currency  -- null would mean the reporting currency
from facebook_ads.basic_ad as ad_days
left join ads on cast(ad_days.ad_id as string) = ads.id
left join campaigns on ads.campaign_id = campaigns.id
left join accounts on ad_days.account_id = accounts.id;
