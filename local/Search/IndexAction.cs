using System.Text.Json;

namespace Serverless.Local.Search;

/// <summary>One action of an indexing batch.</summary>
/// <param name="Kind">upload, merge, mergeOrUpload or delete.</param>
internal readonly record struct IndexAction(string Kind, JsonElement Document);
