namespace Serverless.Functions.Retrieval;

/// <summary>What a question that follows others is searched by; the values of a rag route's <c>follow_up</c>.</summary>
public static class FollowUpMode
{
    /// <summary>Alone and together with the turn before it, whichever comes nearer to a passage. No model is asked.</summary>
    public const string Combine = "combine";

    /// <summary>As the route's model rewrites it, to stand alone; where the model gives no question, as <see cref="Combine"/>.</summary>
    public const string Rewrite = "rewrite";

    /// <summary>Alone: every question is taken for the first.</summary>
    public const string None = "none";

    public static readonly IReadOnlyList<string> All = [Combine, Rewrite, None];
}
