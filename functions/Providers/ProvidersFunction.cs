using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Providers;

/// <summary><c>GET /providers</c>: which providers a route may name, what their block holds, which types of route they serve, and which parameters each takes.</summary>
public sealed class ProvidersFunction(ProviderCatalog providers)
{
    [Function("Providers")]
    public IActionResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "providers")] HttpRequest request)
    {
        request.Caller();
        return new JsonAnswer(new { providers = providers.Names.Select(name => View(providers.Get(name))).ToList() });
    }

    private static object View(IProvider provider)
    {
        var abilities = provider.Abilities;
        return new
        {
            name = provider.Name,
            config_block = ProviderCatalog.BlockOf(provider.Name),
            config = provider.Config.Select(f => new { name = f.Name, kind = f.Kind, required = f.IsRequired, choices = f.Choices }).ToList(),
            route_types = abilities.Parameters.ToDictionary(p => p.Key, p => p.Value.Order(StringComparer.Ordinal).ToList()),
            streams = abilities.Streams,
            images = abilities.Images,
            files = abilities.Files,
            audio = abilities.Audio,
            prompt_lists = abilities.PromptLists,
            token_prompts = abilities.TokenPrompts,
            token_texts = abilities.TokenTexts,
            continues_assistant = abilities.ContinuesAssistant,
            embedding_batch = abilities.Parameters.ContainsKey(Routes.RouteTypes.Embeddings) ? provider.MaxEmbeddingTexts : (int?)null,
        };
    }
}
