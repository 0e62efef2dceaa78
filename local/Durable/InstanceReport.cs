using System.Collections.Immutable;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable;

/// <summary>Turns a stored instance into what clients see.</summary>
internal static class InstanceReport
{
    /// <summary>As in the real service, input, output, custom status and failure are there only when payloads were asked for.</summary>
    public static OrchestrationMetadata Of(InstanceRow row, bool payloads) => new(row.Name, row.InstanceId)
    {
        DataConverter = payloads ? JsonPayloadConverter.Instance : null,
        RuntimeStatus = row.Status,
        CreatedAt = new(row.CreatedAt, TimeSpan.Zero),
        LastUpdatedAt = new(row.UpdatedAt, TimeSpan.Zero),
        SerializedInput = row.Input,
        SerializedOutput = row.Output,
        SerializedCustomStatus = row.CustomStatus,
        FailureDetails = row.Failure is null ? null : StoredFailure.Read(row.Failure).Details,
        Tags = DurableJson.Read<ImmutableDictionary<string, string>>(row.Tags) ?? ImmutableDictionary<string, string>.Empty,
    };
}
