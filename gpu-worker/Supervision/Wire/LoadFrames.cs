using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Serverless.GpuWorker.Execution.Cuda.Ranks;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>The frames of a child's start: <see cref="FrameKind.Load"/> there, <see cref="FrameKind.Loaded"/> or <see cref="FrameKind.LoadFailed"/> back.</summary>
internal static class LoadFrames
{
    /// <summary>Of the protocol. Both ends come from one build, unless it was replaced while the worker ran.</summary>
    public const int Version = 6;

    public static void WriteLoad(FrameWriter writer, ChildModel model) => Write(writer, model, WireJson.Default.ChildModel);

    /// <exception cref="ProtocolException">The parent speaks another version, or not at all.</exception>
    public static ChildModel ReadLoad(ref FrameReader reader) => Read(ref reader, WireJson.Default.ChildModel, "A frame Load names no model.");

    public static void WriteLoaded(FrameWriter writer, LoadedModel model) => Write(writer, model, WireJson.Default.LoadedModel);

    /// <exception cref="ProtocolException">The child speaks another version, or not at all.</exception>
    public static LoadedModel ReadLoaded(ref FrameReader reader) => Read(ref reader, WireJson.Default.LoadedModel, "A frame Loaded is empty.");

    public static void WriteLoadRank(FrameWriter writer, RankModel model) => Write(writer, model, WireJson.Default.RankModel);

    /// <exception cref="ProtocolException">The parent speaks another version, or not at all.</exception>
    public static RankModel ReadLoadRank(ref FrameReader reader) => Read(ref reader, WireJson.Default.RankModel, "A frame LoadRank names no model.");

    public static void WritePrepared(FrameWriter writer) => writer.Int32(Version);

    /// <exception cref="ProtocolException">The rank speaks another version.</exception>
    public static void ReadPrepared(ref FrameReader reader)
    {
        CheckVersion(ref reader);
        reader.End();
    }

    private static void Write<T>(FrameWriter writer, T model, JsonTypeInfo<T> type)
    {
        writer.Int32(Version);
        writer.Bytes(JsonSerializer.SerializeToUtf8Bytes(model, type));
    }

    private static T Read<T>(ref FrameReader reader, JsonTypeInfo<T> type, string empty)
        where T : class
    {
        CheckVersion(ref reader);
        var model = JsonSerializer.Deserialize(reader.Bytes(), type);
        reader.End();
        return model ?? throw new ProtocolException(empty);
    }

    private static void CheckVersion(ref FrameReader reader)
    {
        var version = reader.Int32();
        if (version != Version) throw new ProtocolException($"The other process speaks version {version} of the engine protocol; {Version} is spoken here. Was the worker replaced while it ran? Start it again.");
    }
}
