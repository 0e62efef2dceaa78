using Serverless.Functions.Secrets;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Where a collection's notices go.</summary>
/// <param name="Secret">What signs them, in Key Vault.</param>
public sealed record CollectionWebhook(Uri Url, SecretReference Secret);
