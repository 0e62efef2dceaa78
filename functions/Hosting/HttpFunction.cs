using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Hosting;

/// <summary>An HTTP function, as its attributes say.</summary>
internal sealed record HttpFunction(string Name, Type Type, MethodInfo Method, HttpTriggerAttribute Trigger)
{
    /// <summary>Its template, with a leading slash and constraints: <c>/collections/{collection}/documents/{*path:minlength(1)}</c>.</summary>
    public string Route { get; } = $"/{Trigger.Route}";

    /// <summary>In lower case.</summary>
    public IReadOnlyList<string> Methods { get; } = [.. (Trigger.Methods ?? []).Select(m => m.ToLowerInvariant())];
}
