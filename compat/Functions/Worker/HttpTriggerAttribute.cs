namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute : Attribute
{
    public HttpTriggerAttribute()
    {
        AuthLevel = AuthorizationLevel.Function;
    }

    public HttpTriggerAttribute(params string[] methods)
    {
        // What the host takes where the function's metadata names no level, as it then does not; the real attribute itself leaves 0.
        AuthLevel = AuthorizationLevel.Function;
        Methods = methods;
    }

    public HttpTriggerAttribute(AuthorizationLevel authLevel)
    {
        AuthLevel = authLevel;
    }

    public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
    {
        AuthLevel = authLevel;
        Methods = methods;
    }

    /// <summary>The route template, relative to host.json's routePrefix; null means the function's name.</summary>
    public string? Route { get; set; }

    /// <summary>The HTTP methods; null means all of them.</summary>
    public string[]? Methods { get; }

    public AuthorizationLevel AuthLevel { get; }
}
