namespace Serverless.Local.Search;

/// <summary>What became of one action: 200 updated or deleted, 201 created, 4xx and 5xx refused.</summary>
internal readonly record struct IndexActionResult(string Key, int StatusCode, string? ErrorMessage = null)
{
    public bool Succeeded => StatusCode is 200 or 201;
}
