using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{model}</c>.</summary>
internal static class ModelsEndpoint
{
    public static IResult List(ServedModels models) => Results.Json(new ModelList("list", Infos(models)), WireJson.Options);

    public static IResult Get(string model, ServedModels models) =>
        Infos(models).FirstOrDefault(info => info.Id == model) is { } found ? Results.Json(found, WireJson.Options) : throw ApiErrors.UnknownModel([.. models.Names]);

    private static ModelInfo[] Infos(ServedModels models)
    {
        var created = models.LoadedAt.ToUnixTimeSeconds();
        var infos = new List<ModelInfo>();
        if (models.Llm is { } llm) infos.Add(new ModelInfo(llm.Name, "model", created, "serverless", llm.Engine.ContextLength));
        infos.AddRange(models.Embeddings.Select(embedding => new ModelInfo(embedding.Name, "model", created, "serverless")));
        infos.AddRange(models.Rerankers.Select(reranker => new ModelInfo(reranker.Name, "model", created, "serverless")));
        return [.. infos];
    }
}
