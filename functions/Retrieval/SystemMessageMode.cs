namespace Serverless.Functions.Retrieval;

/// <summary>What becomes of a caller's system message; the values of a rag route's <c>system_messages</c>.</summary>
public static class SystemMessageMode
{
    /// <summary>It comes after the route's own.</summary>
    public const string Merge = "merge";

    /// <summary>The request is refused, naming the message.</summary>
    public const string Refuse = "refuse";

    public static readonly IReadOnlyList<string> All = [Merge, Refuse];
}
