using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Ingestion.Progress;

/// <summary>
/// Who hears of a document: SignalR groups, several for a collection, so that what is told of a document reaches those who may see it and nobody else. Their names
/// are hashes: they tell no collection, group or user. Pure.
/// </summary>
internal static class ProgressAudience
{
    private const string Everyone = "everyone";
    private const string Overseers = "overseers";

    /// <summary>The groups that are told of a document with this access. Where no pass has looked at it yet, only those who see everything.</summary>
    public static IReadOnlyList<string> Of(string collection, DocumentAccess? access)
    {
        if (access is null) return [Name(collection, Overseers)];
        if (access.Groups.Count == 0 && access.Users.Count == 0) return [Name(collection, Everyone)];
        return [Name(collection, Overseers), .. access.Groups.Select(group => Name(collection, "group:" + group)), .. access.Users.Select(user => Name(collection, "user:" + user))];
    }

    /// <summary>The groups that a caller belongs to who may read the collection.</summary>
    public static IReadOnlyList<string> Of(string collection, Caller caller) =>
    [
        Name(collection, Everyone), Name(collection, "user:" + caller.ClientId), .. caller.Groups.Where(group => group != "*").Select(group => Name(collection, "group:" + group)),
        .. caller.IsOperator || caller.Groups.Contains("*") ? (string[])[Name(collection, Overseers)] : [],
    ];

    private static string Name(string collection, string part) => "documents-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{collection}\n{part}")))[..32];
}
