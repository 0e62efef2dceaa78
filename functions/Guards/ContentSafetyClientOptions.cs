using Azure.Core;

namespace Serverless.Functions.Guards;

/// <summary>Retries and transport of <see cref="ContentSafety"/>. No content is logged or traced.</summary>
public sealed class ContentSafetyClientOptions : ClientOptions
{
    public ContentSafetyClientOptions()
    {
        Diagnostics.IsLoggingContentEnabled = false;
        Retry.MaxRetries = 2;
        Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
    }
}
