// A name that attacks. Law: only tests import this file.

/** Breaks out of every place that forgets to escape: script, comment, attribute, line of script. */
export const HOSTILE = `</script><script>window.broken=1</script><!-- "'>\u2028<img src=x onerror="window.broken=2"> & ]]>`;
