using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Who is told beside collections' webhooks.</summary>
/// <param name="Topic"><c>EventGrid:TopicEndpoint</c>: a custom topic with the CloudEvents 1.0 schema, https; the app's identity needs EventGrid Data Sender on it. Null: none.</param>
public sealed record NoticeOptions(Uri? Topic)
{
    /// <exception cref="InvalidOperationException">The setting is no https URL; the message names it.</exception>
    public static NoticeOptions From(IConfiguration configuration) => new(configuration.HttpsUrl("EventGrid:TopicEndpoint"));
}
