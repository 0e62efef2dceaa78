namespace Serverless.Functions.Ingestion.Steps;

/// <summary>How a step of a pass ended.</summary>
public enum StepResult
{
    Done,

    /// <summary>The document has changed meanwhile, or what the pass laid down is gone: begin again.</summary>
    Superseded,

    /// <summary>The document cannot be ingested as it is.</summary>
    Rejected,
}
