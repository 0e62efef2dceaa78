using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable.Storage;

/// <summary>Which instances a query or a purge means; nulls do not restrict.</summary>
internal sealed record InstanceFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IReadOnlySet<OrchestrationRuntimeStatus>? Statuses = null,
    string? IdPrefix = null);
