namespace Serverless.Contracts.OpenAI;

/// <summary>One entry of <c>GET /v1/models</c>.</summary>
/// <param name="MaxModelLen">Tokens of prompt and answer together; null for an embeddings model.</param>
public sealed record ModelInfo(string Id, string Object, long Created, string OwnedBy, int? MaxModelLen = null);
