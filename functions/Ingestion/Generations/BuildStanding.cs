namespace Serverless.Functions.Ingestion.Generations;

/// <summary>How a document stands to a generation that is being built.</summary>
public enum BuildStanding
{
    /// <summary>No question finds anything of it in the generation that serves, so the switch need not wait for it.</summary>
    Absent,

    /// <summary>It is at rest, and nothing has brought it in yet.</summary>
    Due,

    /// <summary>A pass over it is due or under way.</summary>
    UnderWay,

    /// <summary>The new generation holds just what the old one does.</summary>
    Built,

    /// <summary>It could not be brought in: the switch would lose it.</summary>
    Failed,
}
