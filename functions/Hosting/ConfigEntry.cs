using Azure;

namespace Serverless.Functions.Hosting;

/// <summary>A document of the configuration store as it was read.</summary>
public sealed record ConfigEntry<T>(T Value, ETag ETag)
    where T : class;
