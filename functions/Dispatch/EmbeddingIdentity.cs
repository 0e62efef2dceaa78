using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Names what decides a document's vectors beside its text: two versions of a route that differ in prices, weights or caching only have the same name.</summary>
internal static class EmbeddingIdentity
{
    /// <summary>32 hexadecimal digits.</summary>
    public static string Of(RouteVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        var models = version.AllTargets.Select(target => new
        {
            target.Model.Provider,
            target.Model.Name,
            target.Model.ApiBase,
            Config = target.Model.Config?.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}"),
        });
        var instruction = (version.Instructions ?? EmbeddingInstructions.Default).Document;
        // Guards may change a text before it is embedded.
        var identity = JsonSerializer.SerializeToUtf8Bytes(new { models, instruction, version.Guards }, WireJson.Options);
        return Convert.ToHexStringLower(SHA256.HashData(identity))[..32];
    }
}
