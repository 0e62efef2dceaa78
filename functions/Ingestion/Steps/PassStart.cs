using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>What a pass has to do.</summary>
/// <param name="Pass">Null unless the kind is <see cref="PassKind.Ingest"/>.</param>
/// <param name="Reason">Null unless the kind is <see cref="PassKind.Reject"/>.</param>
public sealed record PassStart(PassKind Kind, PassRef? Pass = null, string? Reason = null)
{
    /// <summary>Only a generation that is being built was concerned: there is nothing to be told.</summary>
    public bool IsBuild { get; init; }

    /// <summary>Nothing more is to be done in the generation that serves, and another one is being built.</summary>
    public bool Then { get; init; }
}
