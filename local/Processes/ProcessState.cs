namespace Serverless.Local.Processes;

/// <summary>Where a supervised process stands.</summary>
public enum ProcessState
{
    /// <summary>Started, not yet ready.</summary>
    Starting,

    Ready,

    /// <summary>Dead; it is started again after a pause.</summary>
    BackingOff,

    /// <summary>It crashed too often in a row and is not started again.</summary>
    Failed,

    /// <summary>Stopped because we asked for it.</summary>
    Stopped,
}
