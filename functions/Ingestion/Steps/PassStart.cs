using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>What a pass has to do.</summary>
/// <param name="Pass">Null unless the kind is <see cref="PassKind.Ingest"/>.</param>
/// <param name="Reason">Null unless the kind is <see cref="PassKind.Reject"/>.</param>
public sealed record PassStart(PassKind Kind, PassRef? Pass = null, string? Reason = null);
