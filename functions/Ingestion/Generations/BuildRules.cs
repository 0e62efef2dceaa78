using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Decides by a document's status alone how it stands to a generation. Pure.</summary>
public static class BuildRules
{
    public static BuildStanding Judge(DocumentStatus status, Generation building)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(building);
        if (!status.IsTerminal || status.Signalled || status.Build is not null) return status.Held ? BuildStanding.UnderWay : BuildStanding.Absent;
        if (status.State == DocumentState.Failed) return BuildStanding.Absent;
        if (PassOf(status, building) is not { } pass || status.Built != pass) return BuildStanding.Due;
        return status.BuildError is null ? BuildStanding.Built : BuildStanding.Failed;
    }

    /// <summary>Whether a document at rest is in the serving generation and in no other that is still named by its status.</summary>
    public static bool IsServed(DocumentStatus status, Generation serving)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(serving);
        if (!status.IsTerminal || status.Signalled) return false;
        return status.State == DocumentState.Failed || (status.Indexed is { } indexed && indexed == PassOf(status, serving));
    }

    private static string? PassOf(DocumentStatus status, Generation generation) => status is { SourceETag: { } etag, Access: { } access }
        ? generation.SettingsOf(access, generation.PinnedRoute, isBuild: false).PassOf(etag)
        : null;
}
