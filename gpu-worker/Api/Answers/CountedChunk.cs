using System.Text.Json.Serialization;
using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>A chunk of a stream whose last one tells the usage: the others say that theirs is null (OpenAI's <c>stream_options.include_usage</c>).</summary>
internal sealed record CountedChunk<TChoice>(
    string Id, string Object, long Created, string Model, IReadOnlyList<TChoice> Choices, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Usage? Usage = null) : ICountedChunk
{
    public object With(Usage usage) => this with { Usage = usage };
}
