namespace Serverless.Functions.Mcp;

/// <summary>What <c>search</c> gives, best first. OpenAI's connectors ask for this one member.</summary>
public sealed record PassageList(IReadOnlyList<PassageView> Results);
