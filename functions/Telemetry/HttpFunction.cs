namespace Serverless.Functions.Telemetry;

/// <summary>An HTTP function.</summary>
/// <param name="Route">Its template, with a leading slash and constraints: <c>/collections/{collection}/documents/{*path:minlength(1)}</c>.</param>
/// <param name="Methods">In lower case.</param>
internal sealed record HttpFunction(string Name, string Route, IReadOnlyList<string> Methods);
