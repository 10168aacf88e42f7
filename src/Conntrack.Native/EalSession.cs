using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Conntrack.Native;

/// <summary>
/// DPDK's environment, running. EAL can be started once in a process and not again after it was stopped. Ending the session ends every
/// port, pool and mbuf with it.
/// </summary>
public sealed unsafe class EalSession : IDisposable
{
    static volatile EalSession? s_running;
    static Thread? s_drivers;

    EalSession(IReadOnlyList<string> arguments) => Arguments = arguments;

    /// <summary>Whether a session is running in this process.</summary>
    public static bool IsRunning => s_running is not null;

    /// <summary>What EAL was started with, the program's name first.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>
    /// Begins what needs no arguments, on a thread of its own: loading the drivers, a quarter of the time that EAL takes. For a process that
    /// will start EAL and has something else to do first.
    /// </summary>
    public static void Prepare()
    {
        s_drivers = new Thread(Eal.LoadDrivers) { Name = "eal-drivers", IsBackground = true };
        s_drivers.Start();
    }

    /// <summary>Starts EAL, or throws with EAL's own reason.</summary>
    public static EalSession Start(EalArguments arguments)
    {
        IReadOnlyList<int> cpus = arguments.ControlCpus.Count > 0 ? arguments.ControlCpus : CurrentThread.Cpus;
        IReadOnlyList<string> argv = arguments.Build(cpus);
        ExceptionDispatchInfo? failure = null;

        // Drivers put themselves into lists that EAL goes through.
        s_drivers?.Join();

        // EAL calls the thread it starts on its main lcore and its own threads inherit from it, hence a thread apart.
        var thread = new Thread(() =>
        {
            try
            {
                CurrentThread.Pin([.. cpus]);
                Mbufs.CheckLayout();
                NativeException.ThrowIfFailed(Eal.Start(argv.Count, Unmanaged(argv)), "DPDK");
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { Name = "eal-start" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return s_running = new EalSession(argv);
    }

    /// <summary>EAL's status does not matter any more: what it could not give back goes with the process.</summary>
    public void Dispose()
    {
        if (s_running != this)
            return;
        s_running = null;
        _ = Eal.Stop();
    }

    /// <summary>A null-terminated argv that is never freed, as EAL keeps pointers into it.</summary>
    static byte** Unmanaged(IReadOnlyList<string> arguments)
    {
        byte** argv = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < arguments.Count; i++)
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        return argv;
    }
}
