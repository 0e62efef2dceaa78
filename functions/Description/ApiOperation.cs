namespace Serverless.Functions.Description;

/// <summary>What the API's description tells of an HTTP function beyond its route and methods.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Tag">The section of docs/api.md or a page beside it.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Body">The shape of its body; null where it has none, or any.</param>
/// <param name="Answer">The shape of its answer where it succeeds; null where it is no JSON of one shape.</param>
/// <param name="Status">Of that answer.</param>
internal sealed record ApiOperation(string Function, string Tag, string Summary, Type? Body = null, Type? Answer = null, int Status = 200)
{
    /// <summary>Names of its query parameters.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>Media types of its answer; the first one is JSON unless it says otherwise.</summary>
    public IReadOnlyList<string> Produces { get; init; } = ["application/json"];
}
