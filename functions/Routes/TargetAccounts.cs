using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Tells apart targets of one provider and address that come with different keys: each key is an account, with a limit of its own at the vendor.</summary>
internal static class TargetAccounts
{
    /// <param name="keys">The keys that are given, by the target's place.</param>
    /// <returns>The targets, where a further key has no name for its account with a number.</returns>
    /// <exception cref="GatewayException">400: one account, two keys.</exception>
    public static IReadOnlyList<RouteTarget> Told(IReadOnlyList<RouteTarget> targets, IReadOnlyDictionary<int, SecretText> keys)
    {
        var told = targets.ToArray();
        var accounts = new Dictionary<(string Provider, string? ApiBase, string? Account), string>();
        // Those with names first, so that none is given to a key that has none.
        foreach (var i in keys.Keys.OrderBy(i => targets[i].Model.Account is null).ThenBy(i => i))
        {
            var (model, key) = (targets[i].Model, keys[i].Reveal());
            var account = model.Account ?? Enumerable.Range(1, targets.Count + 1).Select(Numbered).First(a => !accounts.TryGetValue((model.Provider, model.ApiBase, a), out var taken) || taken == key);
            if (accounts.TryGetValue((model.Provider, model.ApiBase, account), out var other) && other != key)
                throw GatewayException.Invalid($"targets[{i}].model.account", $"'targets[{i}].model.account' is another target's too, with another key.");
            accounts[(model.Provider, model.ApiBase, account)] = key;
            told[i] = targets[i] with { Model = model with { Account = account } };
        }

        return told;
    }

    private static string? Numbered(int number) => number == 1 ? null : number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
