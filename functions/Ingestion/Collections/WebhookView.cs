namespace Serverless.Functions.Ingestion.Collections;

/// <summary>A collection's webhook as operators see it.</summary>
/// <param name="Secret">What signs its deliveries, in the one answer after it was made; null otherwise.</param>
public sealed record WebhookView(string Url, string? Secret = null)
{
    /// <summary>A secret never reaches a log by way of ToString.</summary>
    public override string ToString() => "[a webhook]";
}
