using Serverless.Functions.Hosting;

namespace Serverless.Functions.Caching;

/// <summary>Reads <c>cache: {ttl_seconds, shared?}</c>.</summary>
internal static class CacheReader
{
    /// <exception cref="Dispatch.GatewayException">400 naming the field.</exception>
    public static CacheSettings Read(JsonFields fields)
    {
        var settings = new CacheSettings(fields.Integer("ttl_seconds", 1, 86_400, 300), fields.Boolean("shared", false));
        fields.RejectUnknown();
        return settings;
    }
}
