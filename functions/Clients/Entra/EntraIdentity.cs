using System.Text.Json.Serialization;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>Who of the tenant a client is: one of a person or service principal, an application that signs in as itself, the members of a group. GUIDs.</summary>
public sealed record EntraIdentity
{
    /// <summary>Of a person or a service principal.</summary>
    public string? ObjectId { get; init; }

    /// <summary>Of an application, for its tokens without a person.</summary>
    public string? AppId { get; init; }

    /// <summary>Of a group, for all of its members.</summary>
    public string? Group { get; init; }

    /// <summary>The id of the one client that can stand for it, so that it is found without a search.</summary>
    [JsonIgnore]
    public string ClientId => ClientKey.Hash(ObjectId is { } o ? $"object_id {o}" : AppId is { } a ? $"app_id {a}" : $"group {Group}")[..16];

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static EntraIdentity Read(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        string? Id(string name)
        {
            if (fields.OptionalString(name, 64) is not { } text) return null;
            return Guid.TryParseExact(text, "D", out var id) ? id.ToString("D") : throw GatewayException.Invalid(fields.PathOf(name), $"'{fields.PathOf(name)}' must be a GUID.");
        }

        var identity = new EntraIdentity { ObjectId = Id("object_id"), AppId = Id("app_id"), Group = Id("group") };
        fields.RejectUnknown();
        return ((string?[])[identity.ObjectId, identity.AppId, identity.Group]).Count(i => i is not null) == 1
            ? identity
            : throw GatewayException.Invalid(fields.PathOf("object_id"), $"'{fields.PathOf("object_id")}', 'app_id' and 'group': exactly one must be given.");
    }

    public override string ToString() => ClientId;
}
