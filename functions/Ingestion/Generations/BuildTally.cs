namespace Serverless.Functions.Ingestion.Generations;

/// <summary>How far a generation has been built.</summary>
/// <param name="Documents">All that the switch waits for.</param>
/// <param name="LastError">Of one that failed.</param>
public sealed record BuildTally(int Documents = 0, int Built = 0, int Failed = 0, int Due = 0, string? LastError = null)
{
    public bool IsComplete => Built == Documents;

    public BuildTally With(BuildStanding standing, string? error) => standing switch
    {
        BuildStanding.Absent => this,
        BuildStanding.Built => this with { Documents = Documents + 1, Built = Built + 1 },
        BuildStanding.Failed => this with { Documents = Documents + 1, Failed = Failed + 1, LastError = error },
        BuildStanding.Due => this with { Documents = Documents + 1, Due = Due + 1 },
        _ => this with { Documents = Documents + 1 },
    };
}
