using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Routes;

/// <summary>
/// The <c>rag</c> block of a route as a caller sees it: all of it for operators; for others what is listed here, so that a setting that comes later is
/// hidden until somebody decides otherwise. Prompts are the operators' own.
/// </summary>
internal static class RagView
{
    private static readonly string[] ForAll = ["collection", "retrieval", "top_k", "max_context_tokens", "max_tokens"];
    private static readonly string[] Routes = ["embeddings_route", "completions_route"];

    public static JsonObject Of(RagSettings rag, Caller caller)
    {
        var all = JsonSerializer.SerializeToNode(rag, WireJson.Options)!.AsObject();
        if (caller.IsOperator) return all;
        var shown = new JsonObject();
        foreach (var name in ForAll)
        {
            if (all[name] is { } value) shown[name] = value.DeepClone();
        }

        foreach (var name in Routes)
        {
            if (all[name] is { } value && Shown((string)value!, caller) is { } route) shown[name] = route;
        }

        return shown;
    }

    /// <summary>The reference to a route, when the caller may use it.</summary>
    public static string? Shown(string reference, Caller caller) => caller.MayUse(RouteName.Parse(reference, "rag").Name) ? reference : null;
}
