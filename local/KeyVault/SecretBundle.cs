using System.Text.Json.Nodes;

namespace Serverless.Local.KeyVault;

/// <summary>Writes secrets as Key Vault's JSON. Ids name the vault that was asked, not this machine.</summary>
internal static class SecretBundle
{
    /// <param name="withVersion">A list names secrets without their version.</param>
    public static JsonObject Write(string vault, SecretVersion secret, bool withValue, bool withVersion = true)
    {
        var bundle = new JsonObject { ["id"] = $"https://{vault}/secrets/{secret.Name}{(withVersion ? "/" + secret.Version : "")}" };
        if (withValue)
            bundle["value"] = secret.Value;
        if (secret.ContentType is not null)
            bundle["contentType"] = secret.ContentType;
        var attributes = new JsonObject
        {
            ["enabled"] = secret.Enabled,
            ["created"] = secret.Created,
            ["updated"] = secret.Updated,
            ["recoveryLevel"] = "Recoverable+Purgeable",
            ["recoverableDays"] = Vault.RecoverableDays,
        };
        if (secret.NotBefore is { } notBefore)
            attributes["nbf"] = notBefore;
        if (secret.Expires is { } expires)
            attributes["exp"] = expires;
        bundle["attributes"] = attributes;
        if (secret.Tags is { } tags)
            bundle["tags"] = new JsonObject(tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));
        return bundle;
    }

    public static JsonObject Write(string vault, DeletedSecret secret, bool withVersion = true)
    {
        var bundle = Write(vault, secret.Current, withValue: false, withVersion);
        bundle["recoveryId"] = $"https://{vault}/deletedsecrets/{secret.Current.Name}";
        bundle["deletedDate"] = secret.DeletedAt;
        bundle["scheduledPurgeDate"] = secret.PurgeAt;
        return bundle;
    }
}
