using System.Text.Json.Serialization;

namespace Serverless.Functions.Guards;

/// <summary>What happens to what a guard finds, the stricter later.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GuardAction>))]
public enum GuardAction
{
    /// <summary>It is counted, and stays.</summary>
    [JsonStringEnumMemberName("report")]
    Report,

    /// <summary>Its kind stands in its place: <c>[email]</c>.</summary>
    [JsonStringEnumMemberName("mask")]
    Mask,

    /// <summary>A request is refused; an answer ends there with <c>content_filter</c>.</summary>
    [JsonStringEnumMemberName("block")]
    Block,
}
